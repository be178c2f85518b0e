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
