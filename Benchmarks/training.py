"""Eagle's binning and training against LightGBM's own from Python, on one matrix, turn by turn.

usage: training.py PROGRAM [ROWS] [COLUMNS] [TREES] [THREADS] [TURNS]
PROGRAM is TrainingMatrix, built in release; numpy and lightgbm (the version in .deps/lib/pins) must be importable.
"""
import json, os, subprocess, statistics, sys, tempfile, time
import lightgbm, numpy

os.environ.setdefault("OMP_WAIT_POLICY", "passive")
program = sys.argv[1]
rows, columns, trees, threads, turns = (int(given) for given in (sys.argv[2:] + ["2000000", "150", "50", "1", "3"][len(sys.argv) - 2:])[:5])
path = os.path.join(tempfile.mkdtemp(), "matrix")
chance = numpy.random.default_rng(1)
with open(path, "wb") as file:
    for start in range(0, rows, 100_000):
        part = chance.standard_normal((min(100_000, rows - start), columns + 1)).astype(numpy.float32)
        part[:, 0] = (part[:, 1] + part[:, 2] * part[:, 3] > 2).astype(numpy.float32)
        part.tofile(file)
parameters = dict(objective="binary", learning_rate=0.04, num_leaves=12, min_data_in_leaf=20, feature_fraction=0.3,
                  bagging_fraction=0.8, bagging_freq=1, lambda_l2=1, seed=1, deterministic=True, force_row_wise=True,
                  num_threads=threads, verbosity=-1)


def python():
    matrix = numpy.fromfile(path, dtype=numpy.float32).reshape(rows, columns + 1)
    labels, values = matrix[:, 0].copy(), numpy.ascontiguousarray(matrix[:, 1:])
    del matrix
    start = time.monotonic()
    dataset = lightgbm.Dataset(values, labels, params=parameters).construct()
    binned = time.monotonic()
    booster = lightgbm.train(parameters, dataset, trees)
    grown = time.monotonic()
    return {"binning": binned - start, "growing": grown - binned, "all": grown - start}, booster.model_to_string()


def eagle():
    said = subprocess.run([program, "grow", path, str(rows), str(columns), str(trees), str(threads)],
                          check=True, capture_output=True, text=True).stdout
    return json.loads(said), open(path + ".swift.txt").read()


def body(text):
    return [line for line in text.split("end of trees")[0].splitlines() if not line.startswith("feature_names")]


def tree_lines(text):
    return [line for line in body(text) if line.split("=")[0] in ("split_feature", "threshold", "leaf_value", "decision_type")]


results = {"python": [], "eagle": []}
for turn in range(turns):
    figures, expected = python()
    results["python"].append(figures)
    figures, text = eagle()
    results["eagle"].append(figures)
    print("turn", turn, results["python"][-1], results["eagle"][-1], "same trees:", tree_lines(text) == tree_lines(expected), flush=True)
for name in ("binning", "growing", "all"):
    ours, theirs = (statistics.median(turn[name] for turn in results[who]) for who in ("eagle", "python"))
    print(f"{name}: eagle {ours:.2f} s, Python {theirs:.2f} s, ratio {ours / theirs:.3f}")
os.remove(path)
