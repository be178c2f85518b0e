import torch

from rnn_utils import attention


def look_backward(state, memory, mask, weight, dcontext, dweights):
    s, m, real, w = map(torch.tensor, (state, memory, mask, weight))
    dc, da = torch.tensor(dcontext), torch.tensor(dweights)
    alpha = attention.masked_softmax(torch.einsum("bh,hm,btm->bt", s, w, m), real)
    context = torch.einsum("bt,btm->bm", alpha, m)
    # alpha_t (dalpha_t - sum_k alpha_k dalpha_k), the sum through the context itself
    about = ((m - context[:, None]) * dc[:, None]).sum(2) + da - (alpha * da).sum(1, keepdim=True)
    de = alpha * about
    dm = torch.einsum("bt,bm->btm", alpha, dc) + torch.einsum("bt,bh,hm->btm", de, s, w)
    return torch.einsum("bt,hm,btm->bh", de, w, m), dm, torch.einsum("bt,bh,btm->hm", de, s, m)
