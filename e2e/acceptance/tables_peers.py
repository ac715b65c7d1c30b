"""Splits a table and trains scikit-learn's models on the same rows, for tables.ts.

Reads a request as JSON from stdin, and answers with JSON on stdout. Cells are copied as they are written; what the
peers get of them is prepared here, sensibly and without looking at the test rows.
"""

import json
import sys
import warnings

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, mean_squared_error
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

warnings.filterwarnings("ignore")
MISSING = ["", "?", "NA", "N/A", "na", "n/a", "NaN", "nan", "null", "NULL", "None"]
MOST_CATEGORIES = 255


def read(ask):
    """The table as text, with names for its columns, and the rows that train and that test."""
    if ask["layout"] == "uci":
        folder = ask["path"]
        values = [line.split() for line in open(f"{folder}/data.txt") if line.strip()]
        table = pd.DataFrame(values, dtype=str)
        features = [int(float(i)) for i in open(f"{folder}/index_features.txt").read().split()]
        target = int(float(open(f"{folder}/index_target.txt").read()))
        table = table[[*features, target]]
        table.columns = [f"x{i}" for i in range(len(features))] + ["y"]
        rows = [
            np.array([int(float(i)) for i in open(f"{folder}/index_{name}_{ask['split']}.txt").read().split()])
            for name in ("train", "test")
        ]
        return table, "y", *rows
    header = 0 if ask["header"] else None
    table = pd.read_csv(ask["path"], dtype=str, keep_default_na=False, header=header)
    if header is None:
        table.columns = [f"x{i}" for i in range(table.shape[1])]
    target = table.columns[-1] if ask["target"] == "last" else ask["target"]
    table = table.drop(columns=ask["without"])
    table = table[~table[target].str.strip().isin(MISSING)].reset_index(drop=True)
    if ask["rows"] and len(table) > ask["rows"]:
        table = table.sample(ask["rows"], random_state=0).reset_index(drop=True)
    classes = table[target] if ask["task"] == "classification" else None
    train, test = train_test_split(
        np.arange(len(table)), test_size=0.2, random_state=ask["split"], stratify=classes
    )
    return table, target, train, test


def columns_of(table, train):
    """Numbers, seconds of dates and texts, by what the training rows hold."""
    columns = {}
    for name in table.columns:
        cells = table[name].str.strip().where(lambda c: ~c.isin(MISSING))
        known = cells.iloc[train].dropna()
        numbers = pd.to_numeric(cells, errors="coerce")
        if len(known) and numbers.iloc[train].notna().sum() == len(known):
            columns[name] = numbers.astype(float)
            continue
        moments = pd.to_datetime(cells, errors="coerce", format="%Y-%m-%d %H:%M:%S")
        if len(known) and moments.iloc[train].notna().sum() == len(known):
            columns[name] = moments.astype("int64") / 1e9
            columns[f"{name} hour"] = moments.dt.hour.astype(float)
            columns[f"{name} weekday"] = moments.dt.weekday.astype(float)
            continue
        columns[name] = cells.fillna("(missing)")
    return pd.DataFrame(columns)


def peers(task, x, train):
    texts = [name for name in x.columns if x[name].dtype == object]
    numbers = [name for name in x.columns if name not in texts]
    levels = {name: x[name].iloc[train].nunique() for name in texts}
    few = [name for name in texts if levels[name] <= MOST_CATEGORIES]
    ordinal = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan)
    # Ordinal codes in front: their places say which are categories.
    coded = ColumnTransformer([("few", ordinal, few), ("numbers", "passthrough", numbers)])
    one_hot = OneHotEncoder(handle_unknown="infrequent_if_exist", max_categories=50)
    filled = SimpleImputer(strategy="median")
    wide = ColumnTransformer(
        [("few", one_hot, few), ("numbers", make_pipeline(filled, StandardScaler()), numbers)],
        sparse_threshold=0,
    )
    plain = ColumnTransformer([("few", one_hot, few), ("numbers", filled, numbers)], sparse_threshold=0)
    categorical = list(range(len(few)))
    if task == "classification":
        return {
            "histGradientBoosting": make_pipeline(
                coded, HistGradientBoostingClassifier(categorical_features=categorical, random_state=0)
            ),
            "randomForest": make_pipeline(plain, RandomForestClassifier(n_jobs=2, random_state=0)),
            "linear": make_pipeline(wide, LogisticRegression(max_iter=2000)),
        }
    return {
        "histGradientBoosting": make_pipeline(
            coded, HistGradientBoostingRegressor(categorical_features=categorical, random_state=0)
        ),
        "randomForest": make_pipeline(plain, RandomForestRegressor(n_jobs=2, random_state=0)),
        "linear": make_pipeline(wide, Ridge()),
    }


def main():
    ask = json.load(sys.stdin)
    table, target, train, test = read(ask)
    for name, rows in (("train", train), ("test", test)):
        table.iloc[rows].to_csv(f"{ask['folder']}/{name}.csv", index=False, header=ask["header"])
    # A file without names is read as it is.
    answer = {"target": target.strip() if ask["header"] else "last", "rows": {"train": len(train), "test": len(test)}, "peers": {}}
    if ask["peers"]:
        x = columns_of(table.drop(columns=[target]), train)
        y = table[target].str.strip()
        is_number = ask["task"] == "regression"
        y = y.astype(float).to_numpy() if is_number else y.to_numpy()
        for name, model in peers(ask["task"], x, train).items():
            model.fit(x.iloc[train], y[train])
            if is_number:
                error = mean_squared_error(y[test], model.predict(x.iloc[test]))
                answer["peers"][name] = {"rmse": float(np.sqrt(error))}
                continue
            known = model.classes_
            odds = np.clip(model.predict_proba(x.iloc[test]), 1e-15, 1)
            at = np.searchsorted(known, y[test])
            at = np.where((at < len(known)) & (known[np.minimum(at, len(known) - 1)] == y[test]), at, -1)
            # A class that no training row has was given nothing.
            chance = np.where(at >= 0, odds[np.arange(len(test)), at], 1e-15)
            answer["peers"][name] = {
                "logLoss": float(-np.log(chance).mean()),
                "accuracy": float(accuracy_score(y[test], model.predict(x.iloc[test]))),
            }
    json.dump(answer, sys.stdout)


main()
