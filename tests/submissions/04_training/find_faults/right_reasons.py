def find_faults():
    reasons = {
        "c": "TensorDataset is not imported",
        "e": "a dense layer has no state",
        "g": "eight rows of 8 where 64 features are taken",
        "h": "cross entropy applies a softmax of its own",
        "p": "only right predictions enter the loss",
    }
    return list(reasons)
