"""What scikit-learn's HistGradientBoosting, with its defaults, says of test rows: called by baselines.ts."""
import json
import sys

import numpy
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

with open(sys.argv[1]) as file:
    asked = json.load(file)

x = numpy.array([column["values"] for column in asked["columns"]], dtype=float).T
train, test = asked["train"], asked["test"]
target = numpy.array(asked["targets"], dtype=float)
options = dict(
    categorical_features=[bool(column["categories"]) for column in asked["columns"]], random_state=0
)
if asked["of"] == "numbers":
    model = HistGradientBoostingRegressor(**options).fit(x[train], target[train])
    said = model.predict(x[test])
else:
    model = HistGradientBoostingClassifier(**options).fit(x[train], target[train].astype(int))
    p = numpy.clip(model.predict_proba(x[test]), 1e-15, 1 - 1e-15)
    if asked["of"] == "yesOrNo":
        said = numpy.log(p[:, 1]) - numpy.log(p[:, 0])
    else:
        # A class that the training rows lack is not among theirs.
        said = numpy.full((len(test), asked["outputs"]), -34.5)
        said[:, model.classes_] = numpy.log(p)
print(json.dumps(said.ravel().tolist()))
