"""Training methods, networks and data: everything that learns, nothing that measures.

Reading order:

1. `datasets.task`: what is learnt; `datasets` says how a name becomes one.
2. `method`: the contract of a training method.
3. `methods/`: one file per method. What several share is beside it: `chain` (T blocks),
   `continuous` (one network for all times), `shared` (the original pair), `layerwise` (a loss per
   layer), `perceptron`; and their parts: `image_path`, `networks`, `embeddings`, `heads`,
   `schedules`, `learned_schedule`, `readability` (what a noised label says), `flow`,
   `local_layers`, `chain_controls`. `perfect_blocks` is an experiment with the chain.
   Faster forms of the same arithmetic: `stacked_blocks`, `batch_norm`, `labels`, `packed_linear`,
   `many_times`, `masks`, `freed_memory`; `processor` says which suits.
   `descent` is a step as data, which `seed_stack/` takes for the runs of several seeds at once.
4. `training`: the one loop, with `optimisation` (a step that stops on a bad loss), `fused_adam`,
   `acceleration` (CUDA graphs) and `evaluation` (what is counted: `predictions`); `division` says
   how one run is divided, `parallel/` does it; `gradients` looks at the blocks between epochs.
5. `registry`: how a name becomes a method; `declared` and `catalogue` list them.

Everywhere: `seeding` (named streams of randomness), `options` (tables of options), `search` (which
of their values are worth trying), `errors`, `facts` (names of what methods say of themselves),
`outside` (other people's code), `streams` (what it does to ours), `words` (text from outside,
shown), `numerics` and `torch_state` (torch's switches). This package knows no clocks, no files of
results, no statistics.
"""

__version__ = "0.1.0"
