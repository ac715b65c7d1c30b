/** What `--help` says. */
import {
  backupEnding,
  dataExports,
  efforts,
  explanations,
  exportFormats,
  latencyOptions,
  mostDraws,
  namesIn,
  runExports,
  tasks,
  templatesFor,
} from '../../contract/index.ts'
import { shapingHelp } from './shaping.ts'
import { optionLines, settingTopics } from './describe-settings.ts'
import { limitsHelp } from './limits.ts'
import { readingHelp } from './reading.ts'
import { searchHelp } from './search-args.ts'

export type CommandName =
  | 'run'
  | 'tune'
  | 'search'
  | 'explore'
  | 'augment'
  | 'predict'
  | 'explain'
  | 'export'
  | 'export-data'
  | 'convert'
  | 'data'
  | 'runs'
  | 'project'
  | 'deploy'
  | 'latency'
  | 'serve'
  | 'space'
  | 'backup'
  | 'restore'
  | 'diagnose'

const general = `Descent: from tables, images or text to a trained, tested and deployable model.

Usage
  descent run data.csv --target COLUMN   train, test and save a model
  descent run FOLDER --model NETWORK     the same from images or text
  descent run recipe.json                the same, as a recipe says, or the report of a run
  descent tune data.csv --target COLUMN  find a learning rate and a batch size for it
  descent search DATA --over SETTING     many runs that look for good settings
  descent explore DATA                   what is in the data, and what looks wrong
  descent augment DATA -o DIR            pictures or texts as a training sees them, augmented
  descent predict MODEL FILE             predict with a saved model
  descent explain MODEL FILE             what of an example an answer comes from
  descent export MODEL --format FORMAT   write it as ${namesIn(exportFormats).join(' or ')}
  descent deploy MODEL                   a saved model that answers requests over HTTP
  descent latency MODEL                  how long a saved model takes to answer on this machine
  descent export-data DATA -o OUT.csv    the data after its steps, or as the network is given them
  descent convert FILE -o OUT.csv        a table's file as CSV that every program reads
  descent data [NAME]                    public sets to learn with: which there are, and fetch one
  descent runs                           the runs of a workspace: find, compare, report, export, import
  descent project                        the projects of a workspace: export and import each as one file
  descent serve                          the app, for a browser
  descent space                          what a workspace takes of the disk, and what can go
  descent backup                         a whole workspace as one file, also while the app is open
  descent restore FILE -o DIR            a workspace out of such a file
  descent diagnose                       what to send along when you report a problem

  descent COMMAND --help                 more about a command
  descent help TOPIC                     what recipes can choose, and what is said about data: ${[...settingTopics.keys()].join(', ')}
  descent --version
`

const networks = `tables: ${namesIn(templatesFor.table).join(', ')}; images: ${namesIn(templatesFor.images).join(', ')}; text: ${namesIn(templatesFor.text).join(', ')}`

const about: Record<CommandName, string> = {
  run: `Usage: descent run data.csv --target COLUMN [options]
       descent run FOLDER [--model NETWORK] [options]
       descent run recipe.json [options]
       descent run REPORT.html [options]

data.csv may be a table of any format: CSV or TSV, JSON or JSON lines, Parquet, Arrow or Feather,
Excel (.xlsx, .xlsb, .xls), OpenDocument (.ods), a SQLite or DuckDB database; packed as .gz or .zip
or not; or a folder of parts that have the same columns. What it is, is told by what is in it. An
address such as https://example.org/data.csv is fetched first, and kept in the recipe. A table of a
database server is read from postgresql://USER@HOST:5432/DATABASE or mysql://USER@HOST:3306/DATABASE:
the largest, the one of --table, or the rows of --query "SELECT …"; nothing is ever written there. Its
password comes from PGPASSWORD, ~/.pgpass or MYSQL_PWD, or stands in the address; it is kept nowhere.
?sslmode=require or verify-full behind the address asks for TLS. catalog:NAME is one of the public
sets that “descent data” lists.

Imports the data, prepares it, trains a network, tests it on examples it has never seen
and writes a run folder: recipe.json, receipt.json, metrics.csv, evaluation.json, model/.

FOLDER holds a folder of pictures for each class, or pictures and a table that says what they are
(of numbers, or several labels, with --target); or IDX files (train-images…, train-labels…, and
perhaps t10k-images…, t10k-labels…, .gz or not), or CIFAR’s binary files; or text files (“train” and
perhaps “test” in their names) with a label and a text on each line, or a folder of text files for
each class. It may be packed as .zip, .tar or .tar.gz, but for text files of lines. The test files are
the test split.

  -t, --target COLUMN   of a table: what to predict: a name, a position from 1, or “last”
                        (default: last). Files without a header get c1…cN. Named several times:
                        several numbers, or labels that each say yes or no
      --task TASK       ${namesIn(tasks).join(', ')}
                        (default: from the target's values); see “descent help tasks”
  -m, --model NETWORK   ${networks}
                        (default: of tables what --effort says, else the first of these)
      --effort EFFORT   of a table: ${namesIn(efforts).join(', ')} – how much is spent: network and
                        training follow from it, the rows and the task; see “descent help efforts”
      --seed N          seed of split, weights, dropout and shuffling (default: 0)
      --backend B       auto, wasm, webgpu or reference (default: auto)
      --threads N       compute with so many threads on the CPU; the result stays the same
                        (default: DESCENT_THREADS, else one for each core, at most eight)
      --epochs N        at most so many epochs
      --rows N          use only so many examples, drawn at random, for a quick try;
                        test files are used whole
      --test FILE       of a table: a file of its own with the rows that test, read as the other is;
                        its columns are matched by name
      --test-rows FILE  of a table: the rows that test, by their numbers from 0, as benchmarks
                        publish them; and
      --train-rows FILE the rows that train. One of the two is enough
      --folds K         deal the rows into K folds and train K networks, each tested on one of them;
                        says all results, and their mean and spread
      --repeats N       do that N times, with rows dealt anew and other seeds
      --select N        of a table: give the network the N columns that tell most of the target in the
                        training rows; see “descent help selections”
      --weights FILE    begin with the weights of a model folder or a .safetensors file where names and
                        shapes are the same; see “descent help weights”
      --each PATH=A,B,… a run for each value of a setting on the same rows, and a table of what they come
                        to, e.g. --each imbalance=none,classWeights,overSample,smote; with --folds each
                        value on every fold, compared fold by fold
      --set PATH=VALUE  change a setting of the recipe, e.g. --set model.hidden=[64,64]
                        or --set data.columns.age.role=ignore or
                        --set augment=flip,shift or --set training.optimizer.name=sgd;
                        may be repeated; “descent help” names what there is to choose
      --sensitive COL   of a table: a column that says of people what no decision is to hang on: rows and
                        target of each of its groups are told; may be repeated
      How a table's file is read, where what is found out is wrong; see “descent help reading”:
${readingHelp}
      --mirror URL      fetch public sets from there; see “descent data --help”
      What becomes of the table once it is read, in the order given; see “descent help shaping”:
${shapingHelp}
      --limit NAME=VALUE   read more than usual, e.g. --limit fileSize=16GB; may be repeated:
${limitsHelp}
  -o, --out DIR         the run folder (default: runs/<file>-<time>); one that is there is replaced
                        if Descent wrote it and nobody has changed it since
  -q, --quiet           say nothing on the way but what spoils the training
      --no-preflight    train at once, without the checks that are tried before it
      --baselines NAMES ordinary models that are trained on the same rows, to stand beside the result: all that suit
                        the data (default), none, or some; see “descent help baselines”
      --profile         show where the time of a training step goes, by layer and by kernel, and
                        write profile.json; measured after the training, which it does not change
      --robustness      also measure how the test falls where something happens to its rows – noise, gaps, typos, … in
                        five severities –, and write robustness.json; see “descent help corruptions”
      --json            end with one line of JSON on stdout

Before the training it says on stderr what looks wrong with the data, and which --set would mend it.
Ctrl-C stops the training; the best weights so far are tested and saved. Twice: quits.
`,
  tune: `Usage: descent tune data.csv --target COLUMN [options]
       descent tune FOLDER [options]
       descent tune recipe.json [options]

Looks for a learning rate and a batch size in some seconds: trains a network that is thrown away with a rate
that grows from far too small to far too large, and times steps of ever more examples. Shows both curves and
the --set that takes what was found: give that to “descent run”. Nothing is written.

  -t, --target, --task, -m, --model, --test, --test-rows, --train-rows, --select, --weights, --set,
      --seed, --backend, --threads, --rows, --sensitive, --limit   as for “descent run”
      --delimiter, --header, … and --filter, --derive, --join as for “descent run”
      --json            what was found as one line of JSON
`,
  search: `Usage: descent search data.csv --target COLUMN --over SETTING[=WHAT] [--over …] [options]
       descent search recipe.json --over SETTING[=WHAT] [options]
       descent search DATA --kind everyOptimizer [options]
       descent search DATA --kind ablation --set augment=NAME,… [options]
       descent search DATA --kind learningCurve [options]

Trains many runs of one recipe with other settings, on the same rows, and says which did best on the
validation split, which settings mattered, and which runs were stopped early and why. The test split is
not looked at: the folder it writes holds the best recipe, which “descent run” trains and tests.

      --over SETTING    what is searched, as --set spells it; may be repeated. Alone, its usual range is
                        tried. Or a range: training.optimizer.learningRate=1e-4..1e-1:log (or :linear),
                        or values: model.activation=relu,tanh model.hidden=[32],[64,64]
      --kind KIND       asha, randomSearch, everyOptimizer, ablation, learningCurve (default: asha);
                        see “descent help searches”
      Of the kind:
${searchHelp}
      --seed N          of the recipe and the split, as for “descent run”, and of what is drawn
      --epochs, --backend, --rows, --threads, --set, --model, --task, -t, --limit, …
                        as for “descent run”
  -o, --out DIR         the folder (default: runs/<file>-<time>): search.json, trials.csv, recipe.json
      --json            end with one line of JSON on stdout

Ctrl-C ends the search; what was trained is told and kept. Twice: quits.
`,
  explore: `Usage: descent explore data.csv [--target COLUMN] [options]
       descent explore FOLDER [options]
       descent explore recipe.json [options]

Shows what is in every column and what looks wrong, with the --set that would mend it: give
that to “descent run”. Nothing is written.

  -t, --target COLUMN   as for “descent run”
      --task TASK       as for “descent run”
  -m, --model NETWORK   as for “descent run”: a single file of text needs one
      --test, --test-rows, --train-rows, --select   as for “descent run”
      --set PATH=VALUE  look at the data under a changed recipe, e.g. --set data.columns.age.role=ignore
      --sensitive COL   as for “descent run”: its groups are shown with their target
      --delimiter, --header, … and --filter, --derive, --join as for “descent run”
      --limit NAME=VALUE   read more than usual, as for “descent run”
      --json            the whole profile as one line of JSON
`,
  augment: `Usage: descent augment FOLDER -o DIR --set augment=NAME,… [options]
       descent augment TEXTS --set augment=NAME,… [options]
       descent augment recipe.json [-o DIR] [options]

Training examples as they are and as the network will see them, drawn anew by each number: the very
tensors of a training step. Pictures are written, decoded back to PNG; texts are printed as tokens, as the
first epochs have them. “descent help augmentations” names what there is.

  -o, --out DIR         of pictures: where to, a folder that is not there yet, or empty
      --examples N      how many training examples, evenly taken (default 4)
      --draws N         how often each is drawn (default 8, at most ${mostDraws})
      --seed N          other draws
      --set PATH=VALUE  e.g. --set augment=flip,rotate --set augment.rotate.degrees=20
  -t, --task, --limit, --delimiter, … as for “descent run”
      --json            what was written, or the texts, as one line of JSON
`,
  predict: `Usage: descent predict MODEL FILE [options]

FILE is of the kind that the model was trained on, a path or an address: a table of any format, an IDX
file of images (.gz or not), or a text file with one text on each line. Writes a table with the
prediction, and for classes their probabilities, as further columns.
MODEL is the folder of a run that “descent run” wrote, or of a model, which the Deploy step wrote.

  -o, --out FILE        where to (default: stdout); a file that is there stays
      --overwrite       and is replaced with this; the file that is read, and the model, never are
      --coverage SHARE  also say between which numbers, or among which classes, the truth is for such a share of
                        rows (e.g. 0.9), learned from the validation rows and measured on the test, and
                        which values are outside of what training saw
      --table, --query  of the address of a database server, as for “descent run”
      --threads N       compute with so many threads on the CPU, as for “descent run”
      --limit NAME=VALUE   read more than usual, as for “descent run”
      --json            end with one line of JSON on stdout; then --out is needed
`,
  explain: `Usage: descent explain MODEL FILE [--row N] [options]
       descent explain MODEL FILE --column COLUMN [options]

Says what of one row of FILE an answer comes from: how much each column, word or part of a picture adds to it, or
how strongly the answer reacts to it. With --column: how the answer changes where that column is set to one value
after the other in every row and all others stay (partial dependence). FILE is as for “descent predict”.

      --row N           which row of the file, counted from 1 (default: 1)
      --by NAME         ${namesIn(explanations).join(', ')} (default: by the kind of the data);
                        see “descent help explanations”
      --set NAME=VALUE  a setting of it, e.g. --set steps=128; may be repeated
      --answer NAME     which class, label or target (default: what is predicted)
      --column COLUMN   go through the values of this column instead
      --threads N       compute with so many threads on the CPU, as for “descent run”
      --limit NAME=VALUE   read more than usual, as for “descent run”
      --json            end with one line of JSON on stdout
`,
  export: `Usage: descent export MODEL --format FORMAT [options]

Writes a saved model in another format, into a folder that runs where there is no Descent, with a
README.md that says what goes in and what comes out. What can be run here is held to what Descent
says, in made-up rows and in those of the test, and is not written where it says something else.
MODEL is the folder of a run that “descent run” wrote, or of a model, which the Deploy step wrote.

  -f, --format FORMAT   ${namesIn(exportFormats).join(', ')}; see “descent help exports”
      --set NAME=VALUE  a setting of the format, e.g. --set preparation=false; may be repeated
      --data FILE       what the model was trained on, if it is no longer where it was: rows of the
                        test are compared, too, and a PyTorch project gets its rows
  -o, --out DIR         the folder (default: MODEL’s name and the format, here); one that is there is
                        replaced if Descent wrote it and nobody has changed it since, else it stays
                        and the new one goes beside it
      --json            end with one line of JSON on stdout
`,
  'export-data': `Usage: descent export-data DATA -o OUT.csv [options]
       descent export-data recipe.json --as prepared -o OUT.parquet [options]

Writes a table to go on with elsewhere: after it was read, shaped and understood, or as numbers, as
the network is given them, with the split of each row. OUT.csv.json beside it says how it came to be:
the recipe, the steps, the columns, hashes.

  -o, --out FILE        where to; its name ends with .csv or .parquet. A file that is there stays
      --overwrite       and is replaced with this; the file that is read never is
      --as FORM         ${namesIn(dataExports).join(', ')} (default: the first of these); see “descent help dataExports”
  -t, --target, --task, --test, --test-rows, --train-rows, --seed, --select, --set   as for “descent run”
      --delimiter, --header, … and --filter, --derive, --join as for “descent run”
      --limit NAME=VALUE   read more than usual, as for “descent run”
      --json            end with one line of JSON on stdout
`,
  convert: `Usage: descent convert FILE [-o OUT.csv] [options]

Writes what is read of a table's file, of any format, as CSV (RFC 4180, UTF-8): the header first, every
row as long as it, cells as they stand in the file. Says on stderr what was decided about the file, and names
every line that is left out or read otherwise than it stands. Cells are written as they are, also
those that a spreadsheet would take for formulas.

  -o, --out FILE        where to (default: stdout); a file that is there stays
      --overwrite       and is replaced with this; the file that is read never is
      --typed           cells as they are understood: numbers with a point, days as 2020-01-31,
                        nothing where a value is missing
      --names           a header of c1, c2, … also where the file has none
${readingHelp}
      What becomes of the table once it is read, in the order given; see “descent help shaping”:
${shapingHelp}
      --limit NAME=VALUE   read more than usual, as for “descent run”
      --json            end with one line of JSON on stdout; then --out is needed
`,
  data: `Usage: descent data [NAME] [options]

Without a name: lists public sets, with what each is, its size and its license. With a name: says more
about it, fetches it from where its owners publish it, and says where it is; it is kept for you, and
is not fetched again. “descent run catalog:NAME” does both, and trains on it.

What comes is held against the SHA-256 that the list knows, or else the one of the file that came
first: another file is refused.

      --mirror URL      fetch it from there, below the same path; also with run, explore, convert
      --again           fetch it anew
      --trust           and hold what comes to be the right file from now on
      --limit NAME=VALUE   read more than usual, as for “descent run”
      --json            as one line of JSON on stdout
`,
  runs: `Usage: descent runs [list] [--where LINE] [options]
       descent runs groups [--by seeds|tag|SETTING] [options]
       descent runs compare RUN RUN [--on validation|test] [--metric METRIC] [options]
       descent runs robustness RUN|MODEL [--on validation|test] [--data FILE] [options]
       descent runs report RUN -o FILE.html [--overwrite] [options]
       descent runs export -o PLACE [--as FORM] [--where LINE] [options]
       descent runs import FOLDER|LOG [options]

The runs of a project that the app trained. The app must not have the workspace open meanwhile.

list      the newest first, or as --sort says
groups    mean and deviation of runs that differ in their seed alone, or by a tag or a setting
compare   whether the second run is better than the first, worse, or nobody can tell: a paired bootstrap
          over the rows that both were judged on. The test split only where both were tested
robustness  how its metric falls where something happens to the rows: noise, gaps, typos, … in five severities.
          Kept with the run. The test split (default: where it was opened) is never opened by it. A saved model's
          folder stands for its run, and needs no workspace: its data are the file that it was trained on, or --data
report    one HTML file of a run, which any browser shows and prints: data, recipe, network, curves, verdict, and
          the line that trains it again: “descent run FILE.html”. What nobody has measured yet is measured; the
          test split is told of only where it was opened
export    ${namesIn(runExports).join(', ')}; see “descent help runExports”
import    runs from elsewhere: a folder of MLflow’s, one experiment or one run of it; or the log (log.jsonl) of an
          exported PyTorch project, or the project itself, each training in it as a run

  -p, --project NAME    which project, by name or id (default: the only one)
      --workspace DIR   where projects are kept (default: DESCENT_WORKSPACE, else the user's data folder)
  -w, --where LINE      which runs, e.g. --where 'validation/accuracy > 0.9 and tag = paper'; conditions on
                        metrics, settings, name, state, tag, note, starred and more are joined by and, or,
                        not and brackets; words alone are part of a name. A metric is that of the best
                        epoch, and on the test split the one that was tested
      --sort WHAT       a field, a metric or a setting; --ascending turns it round
      --limit N         so many of the list (default: 20)
      --as FORM         what is written: ${namesIn(runExports).join(', ')} (default: the first of these)
      --set NAME=VALUE  a setting of the form, e.g. --set contents=curves; may be repeated
  -o, --out PLACE       a file that ends with .csv (a report: .html), or a folder; a file that is there stays
      --overwrite       and is replaced with this. Of a folder nothing is ever written over that Descent
                        did not write just so
      --json            one line of JSON on stdout
`,
  project: `Usage: descent project [list] [options]
       descent project export [PROJECT] -o FILE.descent [options]
       descent project import FILE.descent [options]
       descent project duplicate [PROJECT] [options]

Takes a project elsewhere as one file: its data, recipe and history, runs with their curves, evaluations and
weights, searches. Deleted runs and models that were saved in folders of their own stay; runs that train go along
as they were last kept, and can go on there. The app must not have the workspace open meanwhile.

list      the projects, the last changed first, with their ids
export    writes the file
import    makes a further project of it: what is in the workspace stays as it is, and nothing in the file is run
duplicate makes a further project of one that is there

PROJECT is a name or id (default: the only one).

      --workspace DIR   where projects are kept (default: DESCENT_WORKSPACE, else the user's data folder)
  -o, --out FILE        what is written; a file that is there stays
      --overwrite       and is replaced with this
      --json            one line of JSON on stdout
`,
  deploy: `Usage: descent deploy MODEL [options]

A saved model answers requests over HTTP until it is stopped (Ctrl-C, SIGTERM), which answers what was asked
before. Rows as JSON and pictures as files go to /predict, tensors to /v2/models/NAME/infer as the Open Inference Protocol has them;
/ is a page with an example, /openapi.json describes all of it, /v2/health/ready and /metrics are for monitors.
MODEL is the folder of a run that “descent run” wrote, or of a model, which the Deploy step wrote.

      --port N          default: 8080; 0 takes a free one, which the first line on stdout names
      --host ADDRESS    default: 127.0.0.1, which this machine alone reaches. With another one a token is needed:
                        that of --token or DESCENT_TOKEN, else one is made. There is no encryption: put a proxy
                        with TLS before it
      --coverage SHARE  also answer between which numbers, or among which classes, the truth is, as for
                        “descent predict”
      --token TOKEN     requests must carry it (Authorization: Bearer TOKEN); DESCENT_TOKEN does not show in lists
                        of processes
      --threads N       compute with so many threads on the CPU, as for “descent run”
`,
  latency: `Usage: descent latency MODEL [options]

Measures how long a saved model takes to answer on this machine, once times have settled:
percentiles in milliseconds and rows a second, by how many rows are asked about and how many ask at once; as
“descent deploy” answers, and of an ONNX file in onnxruntime. What was measured is written into the model’s
folder and its card, where that is as Descent wrote it. Pictures count from their pixels on: decoding
files is not part of it. Where the recipe has a budget of time, calls with its rows are timed too, by one
caller.

      --set NAME=VALUE  may be repeated:
${optionLines(latencyOptions)}
      --threads N       compute with so many threads on the CPU, as for “descent run”
      --json            as one line of JSON
`,
  serve: `Usage: descent serve [--port N] [--workspace DIR]

Serves the app on loopback, behind a token that is part of the printed address.

      --port N          default: a free one
      --workspace DIR   where projects are kept (default: DESCENT_WORKSPACE, else the user's data folder)
`,
  space: `Usage: descent space [--workspace DIR] [--trim [--project NAME]] [--keep both|best] [--json]

Tells what each project takes of the disk: its data, the weights of best epochs, and the last
checkpoints that trainings would go on from.

      --trim            delete the last checkpoints of runs that have ended; best epochs stay
      --project NAME    those of one project, by its name or id
      --keep best       of runs that end from now on only the best epoch stays; both: as at first
      --workspace DIR   which one (default: DESCENT_WORKSPACE, else the user's data folder)
      --json            as one line of JSON
`,
  backup: `Usage: descent backup [-o FILE${backupEnding}] [--overwrite] [--workspace DIR] [--json]

Writes projects, data, runs with their weights, saved models, exports and predictions of a workspace
into one file, as they are at one moment. It may be open in the app meanwhile, and train. Logs and
the daily copies of the database stay behind, and so do files that were exported as one.

  -o, --out FILE        which file to write (default: descent-DATE${backupEnding} in this folder)
      --overwrite       replace that file
      --workspace DIR   which workspace (default: DESCENT_WORKSPACE, else the user's data folder)
      --json            what was written, as one line of JSON

Whoever has the file has the data. It needs room for a copy of the databases on the workspace's disk.
`,
  restore: `Usage: descent restore FILE${backupEnding} -o DIR [--json]

Makes a new workspace of a backup: every file is held against the hash that it was written with, and
the databases against what Descent writes. One that is damaged, or unsafe, leaves nothing. Open it by
“descent serve --workspace DIR”, or start the app with --workspace DIR.

  -o, --out DIR         a folder that is not there yet, or empty; nothing is written over
      --json            what was restored, as one line of JSON
`,
  diagnose: `Usage: descent diagnose [--workspace DIR]

Prints what helps whoever looks into a problem: versions, the machine, and the last lines of the
log. It works while the app is open, and when it does not start. What was said of single runs is
left out, and names in quotation marks are blanked; paths of files may be in it. Nothing is sent:
read it before you give it away.

      --workspace DIR   whose log (default: DESCENT_WORKSPACE, else the user's data folder)
`,
}

/** A command, or something that recipes choose. */
export type HelpTopic = string
export const commandNames = Object.keys(about) as CommandName[]
export const helpTopics: readonly HelpTopic[] = [...commandNames, ...settingTopics.keys()]

export const helpText = (topic: HelpTopic | null): string =>
  topic === null ? general : (settingTopics.get(topic) ?? about[topic as CommandName])
