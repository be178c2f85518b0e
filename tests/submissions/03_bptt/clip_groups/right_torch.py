import torch


def clip_groups(gradients, groups, limits):
    clipped = {name: torch.tensor(gradient) for name, gradient in gradients.items()}
    norms = {}
    for group, names in groups.items():
        parts = torch.stack([torch.linalg.vector_norm(clipped[name]) for name in names])
        norms[group] = torch.linalg.vector_norm(parts).item()
        scale = limits[group] / max(norms[group], limits[group])
        clipped.update({name: clipped[name] * scale for name in names})
    return clipped, norms
