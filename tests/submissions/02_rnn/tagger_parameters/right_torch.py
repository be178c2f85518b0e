import torch


def tagger_parameters(vocabulary, embedding, hidden, layers, classes):
    count = torch.nn.Embedding(vocabulary, embedding).weight.numel()
    rnn = torch.nn.RNN(embedding, hidden, num_layers=layers, bidirectional=True)
    count += sum(weight.numel() for weight in rnn.parameters())
    head = torch.nn.Linear(2 * hidden, classes)
    return torch.tensor(count + head.weight.numel() + head.bias.numel())
