import torch


def decay_rate(norms):
    logs = torch.tensor(norms).log()
    logs[torch.isinf(logs)] = torch.nan
    lags = torch.arange(logs.shape[1]).to(logs) + 0 * logs
    lags = lags - lags.nanmean(dim=1, keepdim=True)
    logs = logs - logs.nanmean(dim=1, keepdim=True)
    return torch.exp((lags * logs).nansum() / (lags * lags).nansum())
