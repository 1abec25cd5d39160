"""Seeded synthetic studies: frames as the runner would make them, without a run."""

import numpy as np
import pandas as pd

Frames = tuple[pd.DataFrame, pd.DataFrame]

EFFECTS = {  # accuracy (fraction), seconds per epoch per T, seconds per epoch, MiB per T, MiB
    "backprop": (0.970, 0.030, 0.05, 9.0, 40.0),
    "noprop-dt": (0.962, 0.034, 0.05, 2.0, 42.0),
    "noprop-shared": (0.969, 0.016, 0.04, 2.5, 38.0),
    "joint-shared": (0.971, 0.017, 0.04, 6.0, 38.0),
    "classifier": (0.975, 0.000, 0.04, 0.0, 30.0),
}
WITHOUT_T = {"classifier"}


def study(
    methods: tuple[str, ...] = tuple(EFFECTS),
    batch_sizes: tuple[int, ...] = (64, 128),
    timesteps: tuple[int, ...] = (2, 5),
    seeds: int = 6,
    epochs: int = 12,
    diverged: tuple[str, int, int, int] | None = None,
    dataset: str = "digits",
) -> Frames:
    """Make a study's two frames; the same arguments give the same numbers."""
    rng = np.random.default_rng(20_240)
    runs, curves = [], []
    for batch in batch_sizes:
        shared = rng.normal(0, 0.003, seeds)  # what a seed does to every method alike
        for method in methods:
            accuracy, per_t, base, memory_per_t, memory = EFFECTS.get(method, EFFECTS["noprop-dt"])
            for t in (None,) if method in WITHOUT_T else timesteps:
                for seed in range(seeds):
                    failed = diverged == (method, batch, t, seed)
                    noise = rng.normal(0, 0.002)
                    final = min(1.0, accuracy + shared[seed] + noise - (0.004 if t == 5 else 0))
                    seconds = (base + per_t * (t or 0)) * (64 / batch) ** 0.5
                    per_epoch = seconds * np.exp(rng.normal(0, 0.03, epochs))
                    cell = f"{dataset}-{method}-{batch}-{t}-{seed}"
                    key = {
                        "cell": cell, "method": method, "dataset": dataset, "batch_size": batch,
                        "timesteps": pd.NA if t is None else t, "seed": seed,
                    }  # fmt: skip
                    runs.append(
                        key
                        | {
                            "study": "synthetic",
                            "status": "diverged" if failed else "ok",
                            "device": "cpu",
                            "budget": f"{epochs} epochs",
                            "test_accuracy": np.nan if failed else final,
                            "validation_accuracy": np.nan if failed else final,
                            "train_seconds": np.nan if failed else per_epoch.sum(),
                            "epoch_seconds": np.nan if failed else np.median(per_epoch[1:]),
                            "peak_memory_bytes": pd.NA
                            if failed
                            else int((memory + memory_per_t * (t or 0)) * 2**20),
                            "parameters": 100_000,
                            "epochs_run": 3 if failed else epochs,
                            "torch_version": "2.11.0",
                            "code_version": "abc1234",
                            "data_checksum": "d00d",
                            "device_name": "a processor",
                            "started_at": f"2026-01-01T00:{seed:02}:00",
                            "failure": "loss is not finite in epoch 3" if failed else "",
                        }
                    )
                    done = 3 if failed else epochs
                    progress = 1 - 0.85 * np.exp(-np.arange(1, done + 1) / 2.5)
                    for epoch in range(done):
                        curves.append(
                            key
                            | {
                                "epoch": epoch + 1,
                                "seconds": per_epoch[epoch],
                                "cumulative_seconds": per_epoch[: epoch + 1].sum(),
                                "train_loss": 1 - progress[epoch],
                                "validation_accuracy": final * progress[epoch]
                                + rng.normal(0, 0.004),
                            }
                        )
    runs_frame = pd.DataFrame(runs)
    epochs_frame = pd.DataFrame(curves)
    for frame in (runs_frame, epochs_frame):
        frame["timesteps"] = frame["timesteps"].astype("Int64")
    runs_frame["peak_memory_bytes"] = runs_frame["peak_memory_bytes"].astype("Int64")
    return runs_frame, epochs_frame
