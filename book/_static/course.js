// Equations that are wider than the screen scroll by themselves: let the keyboard reach them.
document.addEventListener("DOMContentLoaded", () => {
  const mark = () =>
    document.querySelectorAll("div.math").forEach((box) => {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    });
  window.addEventListener("resize", mark);
  window.MathJax?.startup?.promise.then(mark);
});

// The arrows that unfold the navigation have no words of their own.
document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll(".bd-sidebar-primary summary").forEach((arrow) => {
    const link = arrow.closest("li")?.querySelector("a");
    arrow.setAttribute("aria-label", `Pages under ${link?.textContent.trim() ?? "this one"}`);
  });
});
