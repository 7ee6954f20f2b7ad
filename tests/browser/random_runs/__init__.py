"""Random runs: a learner, or a trainer with one, works in a real browser while whatever can goes wrong. Each time, what
they last saw as saved is what the server holds.

    make random-runs RUNS=300 SEED=1                                       # so many of each kind
    python -m tests.browser.random_runs --kind module --runs 1 --seed 17   # one run again

A run is drawn from its seed: what the person does and what happens to them, in which order, is the same each time; how
quick browser and server are is not. The law of a run: answers are numbered in the order in which they were given, on
whichever tab and device. Of each statement the server holds the last answer that was said to be saved, or a later one;
an answer on a device that keeps things outlives its tab; what is handed in is one record and one grade.
"""
