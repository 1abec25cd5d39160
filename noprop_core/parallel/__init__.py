"""One training run divided over the ranks of torch.distributed (`torchrun`)."""
