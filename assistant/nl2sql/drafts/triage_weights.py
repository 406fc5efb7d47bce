"""The weights of triage: a multinomial logistic regression over `question_signs.SIGNS`.

Fitted (C = 1) on half of the development schemas of TriageSQL (584 questions) and, as answerable, on the questions of
half of the Spider development databases and of half of the AMBROSIA ones; 0.6 was then added for "answerable", so that
fewer than 1 % of the answerable questions of that half are turned away. The other halves were measured, not fitted.
"""

from __future__ import annotations

# weights in the order answerable, ambiguous, no data, out of scope
INTERCEPT = (-0.082, -0.700, 0.873, -0.091)
WEIGHTS: dict[str, tuple[float, float, float, float]] = {
    "coverage": (-0.123, 0.145, -0.013, -0.009),
    "known": (1.528, 0.455, -1.156, -0.826),
    "unknown": (-0.945, -0.891, 0.918, 0.919),
    "columns": (0.482, 0.001, -0.412, -0.070),
    "tables": (1.005, 0.562, 0.401, -1.967),
    "values": (1.227, -0.673, -0.405, -0.149),
    "focus_known": (0.301, 0.163, -0.025, -0.439),
    "focus_unknown": (-0.382, 0.021, 1.070, -0.709),
    "no_focus": (-0.109, -0.030, -0.905, 1.044),
    "wh": (-0.170, -0.226, 0.489, -0.094),
    "order": (0.942, -0.266, 0.051, -0.727),
    "how_many": (0.833, 0.088, 0.389, -1.310),
    "yes_no": (-1.301, 0.473, -0.299, 1.127),
    "why_how": (0.256, 0.031, -0.165, -0.122),
    "statement": (-0.587, -0.145, -0.403, 1.135),
    "self": (-0.330, 0.138, -0.461, 0.654),
    "third": (-0.195, 0.090, -0.083, 0.189),
    "third_bare": (0.109, 0.027, -0.562, 0.425),
    "one_word": (-0.298, 1.197, -0.034, -0.864),
    "short": (0.818, 0.624, -0.959, -0.483),
    "long": (-0.199, -0.090, -0.491, 0.780),
    "vague": (-1.752, 3.095, -0.992, -0.351),
    "operator": (0.390, -0.021, -0.025, -0.344),
    "defines": (-0.116, 0.279, -0.476, 0.313),
    "fragment": (0.164, 1.735, -0.499, -1.400),
    "digits": (-0.115, -0.190, 0.576, -0.270),
    "untyped": (-0.131, -0.003, 0.191, -0.057),
    "parts": (-1.457, 1.892, 0.392, -0.827),
    "twins": (1.727, -0.412, -0.661, -0.654),
    "schema": (1.173, 0.377, -1.454, -0.096),
    "nothing": (0.035, -0.001, -0.771, 0.737),
    "all_known": (-0.839, -0.518, 0.340, 1.018),
    "wh_known": (0.002, 0.519, -0.724, 0.202),
    "statement_known": (-0.268, -0.078, -0.077, 0.422),
    "unknown_share_schema": (0.529, 0.897, -1.902, 0.476),
    "repeats": (-0.252, 0.041, 0.127, 0.084),
    "condition_known": (0.585, 0.125, 0.331, -1.040),
    "condition_unknown": (-0.026, -0.283, 0.901, -0.592),
    "focus_part": (0.164, -0.198, -0.078, 0.112),
}
