/** What the inspector says about pages, panels and figures; keys are `data-explain` values. */
export const help = {
  topics: {
    data: {
      title: 'Data',
      text: 'One table: each row is an example, each column something known about it. One column is the target, which the network learns to predict from the others.',
      advice: 'Check the receipt first: rows that could not be read are listed there with the reason.',
    },
    explore: {
      title: 'Explore',
      text: 'What is in every column, what is missing, what goes together, and what looks wrong. Statistics cover the whole table.',
      advice: 'Point at a column to see its details and alerts here.',
    },
    prepare: {
      title: 'Prepare',
      text: 'Networks need numbers of similar size and no gaps. Everything learned here (means, categories) comes from the training split only, and travels with the model.',
      advice: 'The defaults suit most tables.',
    },
    model: {
      title: 'Model',
      text: 'What turns an example into a prediction: layers, each computing with what the one before it gives, and with weights that training finds.',
      advice: 'Start small. Grow it only when training loss stays high.',
    },
    train: {
      title: 'Train',
      text: 'The network sees the training split again and again; after each epoch it is measured on the validation split. The weights of the best epoch are kept.',
      advice:
        'Training loss falling while validation loss rises is overfitting: more dropout, fewer units or more weight decay.',
    },
    evaluate: {
      title: 'Evaluate',
      text: 'How good the model is on rows it has never influenced, beside ordinary models that learned from the same rows.',
      advice: 'Decide on the validation split; open the test split once, at the end.',
    },
    deploy: {
      title: 'Deploy',
      text: 'A model folder holds weights, preprocessing and recipe: all that is needed to predict on new rows of the same columns.',
    },
    compare: {
      title: 'Compare',
      text: 'Runs side by side with the settings that differ between them. The best value of each metric is marked.',
      advice:
        'Compare on validation figures. Choosing by the test split makes its figure too good to be true.',
    },
    receipt: {
      title: 'Import receipt',
      text: 'What was read from the file and what was not. The SHA-256 hash identifies the exact bytes: a run can be repeated only on the same data.',
    },
    shape: {
      title: 'Shape',
      text: 'Rows are filtered, columns derived, a second table is joined: in this order, once the file is read. What is kept, measured and split is the table after these steps. Test files and rows to predict go through them, too, but no row to predict is left out.',
      advice:
        "Expressions are SQL about one row: price * 1.2, date_part('year', sold), city IN ('Rome', 'Oslo'). Names that are more than letters, digits and _ stand in \"double quotes\".",
    },
    versions: {
      title: 'Versions of the data',
      text: 'What was imported stays as it is. Corrections make a version of it, with a number and a hash of its own; every run names the version that it was trained on, and is tested on that. Rows stay in the split that they were imported into, whatever is corrected.',
      advice:
        'Correct what is wrong, such as a label. Drop a row because it is a mistake, never because the model is wrong about it.',
    },
    target: {
      title: 'Target',
      text: 'The column, or columns, to predict. What their values are decides the task; another one can be chosen.',
      advice: 'Nothing that becomes known only after the target may be a feature.',
    },
    kind: {
      title: 'Kind',
      text: 'How the values are read. Numbers are scaled; categories become features or learned vectors; a text is its words. Dates become time, season and weekday.',
      advice: 'Codes such as postcodes are categories, even when they look like numbers.',
    },
    role: {
      title: 'Role',
      text: 'Features are learned from, targets are predicted. A weight says how much the loss of its row counts: survey weights, or how often a row was seen. An id names the row; ids and ignored columns never reach the network.',
    },
    correlation: {
      title: 'Correlation',
      text: 'Pearson’s r: +1 when two columns rise together in a straight line, −1 when one falls as the other rises, 0 without a linear relation.',
      advice:
        '|r| of 0.9 or more between features is redundant; near 1 with the target it is probably a leak.',
    },
    association: {
      title: 'How columns hang together',
      text: 'Pearson’s r sees straight lines, Spearman’s ρ whatever rises or falls throughout; Cramér’s V is 1 where one category tells the other, and mutual information counts in nats how much one column tells of another, in whatever form. The target comes first.',
      advice:
        'Begin with the target’s row. Features that hang together at 0.9 or more say nearly the same; one that all but tells the target is probably a leak.',
    },
    against: {
      title: 'Against the target',
      text: 'Bars are stretches of the column’s values, or its categories. Of a target of classes they hold the rows of each class; of a number they show its mean there, and one standard deviation to both sides.',
      advice:
        'Where shares or means change from bar to bar, the column tells something of the target. The one that tells most is shown first.',
    },
    twoColumns: {
      title: 'Two columns',
      text: 'Each point is a row. Its color is its class, or in which fifth of the values its number lies.',
    },
    pictures: {
      title: 'Pictures, sorted',
      text: 'Brightness is the mean of the gray levels, contrast their standard deviation; sharpness is the variance of the Laplacian. Oddness is how far a picture is from the mean of its class: 1 is as far as half of the class.',
      advice:
        'The oddest of a class, and the darkest and least sharp of all, are where wrong labels and broken files are found first.',
    },
    meanPictures: {
      title: 'Mean pictures',
      text: 'The mean of the pictures of a class, pixel by pixel, and beside it twice their standard deviation: bright where they differ.',
      advice:
        'A mean that one can recognize is easily learned. A class that differs in its background alone may be told by that.',
    },
    pictureMap: {
      title: 'Map of the pictures',
      text: 'Small gray copies of the pictures, of 8 by 8 patches, in the plane in which they differ the most: principal components. What looks alike lies together.',
      advice: 'A point among those of another class is worth a look.',
    },
    alikePictures: {
      title: 'Nearly the same pictures',
      text: 'Pairs whose patches differ in the same way and whose pixels correlate at 0.98 or more, whatever their brightness.',
      advice: 'Copies in training and test flatter the test: keep groups of them on one side of the split.',
    },
    map: {
      title: 'Map of the rows',
      text: 'The numbers of a row, standardized, seen in the plane in which rows differ the most: principal components. Rows that are alike in all numbers lie together.',
      advice: 'A class that lies apart is easy to learn. A row far from all others is worth a look.',
    },
    missing: {
      title: 'Missing values',
      text: 'Each line is a column with gaps, from the first row to the last. Dark stretches are where its values are missing.',
      advice:
        'Columns that are missing in the same rows were probably not asked there: the gap itself may say something. Missing indicators keep it.',
    },
    balance: {
      title: 'Class balance',
      text: 'Imbalance is 1 − H / log k: 0 when all k classes are equally frequent, 1 when there is only one.',
      advice: 'Above 0.5, accuracy says little: look at balanced accuracy, and consider class weights.',
    },
    split: {
      title: 'Split',
      text: 'Training rows teach, validation rows choose (when to stop, which run), test rows judge once at the end. Stratified splits keep the class shares equal.',
      advice: '70 / 15 / 15 suits most tables; small validation splits give noisy curves.',
    },
    targetSteps: {
      title: 'Target',
      text: 'What the target goes through before the network learns it. Predictions and metrics are in its own unit again: only steps that can be undone are offered.',
      advice: 'Standardize; a logarithm first for prices and other amounts with a long tail.',
    },
    'split.seed': {
      title: 'Split seed',
      text: 'Which rows fall into which split. It is apart from the training seed, so that runs with different seeds stay comparable.',
    },
    initialLoss: {
      title: 'Expected first loss',
      text: 'What a network that has learned nothing should lose: ln K for K classes, or the variance of the scaled target. A first loss far from it points to a mistake.',
    },
    earlyStopping: {
      title: 'Early stopping',
      text: 'Ends the run when the validation loss has not fallen by at least the minimum for this many epochs. The best weights are kept either way.',
    },
    budget: {
      title: 'Budget',
      text: 'How large the model may become, and how long it may take to answer. It is held against the network before training, and against the saved model. Nothing is refused.',
      advice:
        'Set it where the model has to fit a phone, a page or a service; leave both at 0 where it does not matter.',
    },
    seed: {
      title: 'Seed',
      text: 'Decides initial weights, dropout and shuffling. The same seed on the same backend gives the same numbers, to the bit.',
    },
    backend: {
      title: 'Backend',
      text: 'What computes: the CPU (WASM SIMD) or the GPU (WebGPU). Auto measures and takes the faster; small networks are faster on the CPU.',
    },
    size: {
      title: 'Size',
      text: 'The memory of all parameters, four bytes each. Training keeps more for every example of a batch: what each layer computed, which the way back needs.',
      advice:
        'Where memory is short, halve the batch size: what is kept per example counts as often as there are examples in a batch.',
    },
    multiplyAdds: {
      title: 'Multiply-adds',
      text: 'How often, for one example, two numbers are multiplied and the product added up: nearly all the work of a network, and what its speed depends on. Training takes about three times as many.',
      advice: 'A convolution may have few parameters and many of these: its weights are used at every place.',
    },
    loss: {
      title: 'Loss',
      text: 'What training lowers, per example: cross-entropy in nats for classes, mean squared error in scaled target units for numbers.',
      advice: 'The two curves should fall together. A widening gap is overfitting.',
    },
    score: {
      title: 'Validation score',
      text: 'Accuracy for classification, R² for regression (1 is perfect, 0 is as good as the mean), on the validation split after each epoch.',
    },
    throughput: {
      title: 'Throughput',
      text: 'Training examples a second over the epoch, evaluation not counted. All rows are in memory, decoded before the first step, so nothing is waited for; the share for data is what a step takes to gather its examples, unpack and augment them, measured once after a second of training.',
    },
    preflight: {
      title: 'Before training',
      text: 'What is wrong before the first step is found in seconds instead of after the last: the loss at the start is held against guessing, a handful of examples has to be learned by heart, and a network that sees the inputs has to beat one that does not.',
      advice: 'Try it whenever data, network or loss have changed, and before every long training.',
    },
    fineTuning: {
      title: 'First weights and layers',
      text: 'A network that was trained on other data of the same kind knows much of what this one has to learn. Its weights are taken where names and shapes are the same; a head for other classes is drawn anew. Layers can be frozen, or moved in smaller steps than the rest.',
      advice: 'With little data freeze what came from the file; with more, move it at a tenth of the rate.',
    },
    tuning: {
      title: 'Learning rate and batch size',
      text: 'The learning-rate finder takes some hundred steps whose rate grows by a factor each time (Smith 2017). The rate to start with lies where the loss falls fastest, well before it is lowest. The batch-size finder times steps of twice as many examples each, until more of them are no faster.',
      advice:
        'With a larger batch, raise the rate as well: in proportion with SGD, by the square root with Adam.',
    },
    layerWatch: {
      title: 'Layers',
      text: 'What goes on inside the network, in the first steps and in every fiftieth: how large gradients and weights are, how far a step moves them, what comes out of each layer.',
      advice:
        'Updates of about a thousandth of the weights are healthy. Layers whose gradients lie far below the others hardly learn; dead or saturated units do not learn at all.',
    },
    checkpoints: {
      title: 'Checkpoints',
      text: 'The weights of the best epoch, by which a run is judged and used, and everything as it was at the last checkpoint, from which it goes on after a pause or an interruption. Tensors that both have are stored once.',
      advice: 'Go on from the best epoch with a lower rate where a run has passed its best.',
    },
    hardest: {
      title: 'Highest loss',
      text: 'The rows that the network gets most wrong, as it is after that epoch; after the run, with the weights that are kept, and of training rows as many as a hundredth of its time was enough for. How much a row or a class counts in the loss is left out.',
      advice:
        'Open them: a confident mistake is often a wrong label. Correct the label where it is wrong, and leave what is merely hard.',
    },
    followed: {
      title: 'Predictions as it learns',
      text: 'A few validation rows, spread over the classes or from the smallest to the largest number. The line is how likely the true answer is said to be, or the number that is predicted; the dashed one the strongest other answer, or the true number.',
      advice:
        'Lines that jump up and down ask for a lower rate. A row that is confidently wrong from the first epoch on is worth a look: pin others from the list below.',
    },
    stepProfile: {
      title: 'Profile',
      text: 'One training step, timed kernel by kernel. A kernel is one piece of work the device does in one go, often several operations fused; when it serves several layers, its time counts to each in equal parts.',
      advice:
        'Speed up what is longest. GFLOP/s near the device’s peak means it computes at its limit; GB/s near its peak, that it waits for memory.',
    },
    seal: {
      title: 'The seal',
      text: 'A test figure is honest only while nothing has been decided by it. Look at it, change something, look again, and it slowly becomes a second validation split.',
      advice: 'Finish choosing first, then open it.',
    },
    baseline: {
      title: 'Baseline',
      text: 'Always the most frequent class, with the training frequencies as probabilities; or always the training mean. A model that does not beat it has learned nothing.',
    },
    baselines: {
      title: 'Baselines',
      text: 'Ordinary models, trained on the same rows with what their field does where nobody says otherwise: a linear model, nearest neighbors, boosted trees. On tables trees are often hard to beat.',
      advice: 'Where a baseline is as good, it is the simpler choice. Say why the network is worth having.',
    },
    interval: {
      title: '95 % interval',
      text: 'Between which values the metric lies in 95 % of a thousand draws of the rows with replacement, by percentiles (the bootstrap, Efron & Tibshirani 1993). With few rows it is wide. From 40,000 rows on, 20,000 of them stand for all (a bag of little bootstraps, Kleiner et al. 2014).',
    },
    confusion: {
      title: 'Confusion matrix',
      text: 'Rows are true classes, columns what the model said. The percentage is the share of the true class; the diagonal is right.',
    },
    perClass: {
      title: 'Per class',
      text: 'Precision: of those called so, how many are. Recall: of those that are, how many were found. F1: their harmonic mean. Support: rows of the class.',
    },
    sensitive: {
      title: 'Groups of people',
      text: 'How many rows each group of a sensitive column has, and how the target stands in it. The bar is the interval in which it lies with 95 % confidence (Wilson’s, of shares): where two do not overlap, the groups differ by more than chance.',
      advice: 'A model learns such a difference, also by other columns that stand for the group.',
    },
    overlap: {
      title: 'Train and test',
      text: 'Test rows whose features are those of a training row are remembered, not predicted, and columns that are distributed otherwise in the test make it another question than the one that was trained.',
      advice: 'Keep duplicates on one side, on Prepare.',
    },
    overTime: {
      title: 'Over time',
      text: 'Rows and target by the time of a column of dates. What changes with time makes a random split look better than the future will be.',
      advice: 'Split by time where the model is to predict what comes later.',
    },
    precisionRecall: {
      title: 'Precision and recall',
      text: 'Going down from the most to the least probable rows: recall is the share of the class that has been found so far, precision the share of what was taken for it that is. The area under the steps is the average precision.',
      advice: 'Where a class is rare this tells more than ROC: guessing lies at the share of the class.',
    },
    roc: {
      title: 'ROC',
      text: 'Recall against the share of all other rows that are taken for the class by mistake. The area under it is how likely a row of the class is given a higher probability than one that is not.',
    },
    threshold: {
      title: 'Threshold',
      text: 'A network gives probabilities; where they become a yes is a decision. Recall: the share of the class that is found. Precision: the share of what is called so that is. Specificity: the share of the others that are left alone.',
      advice:
        'Where you know what a false alarm and a miss cost, let that decide; where a bound has to be kept, say it. It is chosen on the validation split, and the test then tells what it is worth.',
    },
    testChecks: {
      title: 'Checks',
      text: 'What usually goes wrong is looked for in the network as it is: whether it has learned by heart or hardly anything, whether it is surer than right, hangs on one column, fails in a part of the rows, or was asked about rows of another kind. What says nothing is passed.',
      advice: 'Begin with errors, then warnings. What helps is an edit of the settings for the next run.',
    },
    importance: {
      title: 'What it goes by',
      text: 'A column is shuffled among the rows, and the loss grows: the more, the more the network goes by it. Shuffling all columns together takes all that it knows, which is the whole of which shares are told, with their 95 % interval. The last column of the table says how much is kept when all others are shuffled.',
      advice:
        'Of columns that say the same each may look unimportant. A share whose interval holds 0 may be nothing.',
    },
    explained: {
      title: 'Why it says what it says',
      text: 'What of one example its answer comes from: columns of a table, words of a text, pixels of a picture. It tells what this network goes by, not what is so in the world.',
      advice:
        'Look at rows that it gets wrong, and at some that it gets right: what counts should be what would count for a person.',
    },
    dependence: {
      title: 'How answers change with a column',
      text: 'One column is set to one value after the other in every row, and all else stays: the mean of the answers with its 95 % interval, and thin lines for single rows. Where these cross, the column matters differently from row to row.',
      advice:
        'Combinations that never occur are asked about, too, where columns hang together: there the curve says little.',
      source: 'Friedman 2001, https://doi.org/10.1214/aos/1013203451',
    },
    robustness: {
      title: 'Robustness',
      text: 'The rows of the split are changed as a file of new data may be – before preparation, by five severities of each corruption – and the metric is measured on them: 0 is the rows as they are. Level and 95 % interval of each point stand in the table.',
      advice:
        'What costs much and may happen where the model will be used is worth an augmentation, or a check of what comes in. “descent help corruptions” says where the levels come from.',
      source: 'Hendrycks & Dietterich 2019, https://arxiv.org/abs/1903.12261',
    },
    judgedGroups: {
      title: 'Groups of people',
      text: 'How the network does for each group of a column that is marked sensitive, and how much more or less that is than for all others together, with 95 % intervals: Wilson’s and Newcombe’s of shares, of the bootstrap otherwise.',
      advice:
        'Where it says “cannot tell”, the rows are too few for a verdict, which is no proof of equal treatment.',
    },
    residualsAgainst: {
      title: 'Residuals against predicted',
      text: 'A cloud of the same width about zero is good. A bend means something is not learned yet; a cloud that opens means that large values are told less surely.',
    },
    gain: {
      title: 'Cumulative gain',
      text: 'If only the most likely rows are acted on — the first tenth, say —, this much of the class is among them. The straight line is what rows picked at random give.',
      advice: 'Read off how many rows must be called to find as much as you need.',
    },
    lift: {
      title: 'Lift',
      text: 'How many times as many of the class are among the most likely rows as among any rows. It ends at 1, where all rows are called.',
    },
    calibration: {
      title: 'Calibration',
      text: 'Rows are put together by the probability they were given, in 15 bins of equal width: on the diagonal, as many are so as was said; below it the network is too sure. ECE is the mean distance over the rows, MCE the largest of a bin. The bars tell how many rows a point stands for.',
      advice:
        'Few rows are far off by chance: the note says how far. Label smoothing, weight decay and fewer epochs make probabilities more honest.',
    },
    residuals: {
      title: 'Residuals',
      text: 'Predicted minus actual. Centered on zero and symmetric is good; a tail shows where the model is systematically wrong.',
    },
    scatter: {
      title: 'Predicted against actual',
      text: 'A perfect model lies on the diagonal. Above it the model says too much, below it too little.',
    },
  },
  /** Where the same page is about another kind of data. What is not here is true of every kind. */
  ofKind: {
    images: {
      data: {
        text: 'A set of images, each with its label, which the network learns to predict. Images of the test files are kept apart for the end.',
      },
      explore: {
        text: 'How often each label is there, and what looks wrong. Counts cover all images.',
        advice: 'Classes of very different size call for balanced accuracy.',
      },
      prepare: {
        text: 'Pixels are brought to mean 0 and deviation 1, learned from the training split alone. Augmentation changes training images on their way, differently in every step: beside the list stands what the network will see.',
        advice: 'Mirror only where a mirrored image keeps its label.',
      },
      split: {
        text: 'Training images teach, validation images choose (when to stop, which run), test images judge once at the end.',
        advice: 'Test files, where the data has some, are the test split.',
      },
      deploy: {
        text: 'A model folder holds weights, preprocessing and recipe: all that is needed to predict new images of the same size.',
      },
    },
    text: {
      data: {
        text: 'Lines of text, each with its label, which the network learns to predict. Lines of a test file are kept apart for the end.',
      },
      explore: {
        text: 'How often each label is there, how long texts are, and what looks wrong. Counts cover all texts.',
        advice: 'Classes of very different size call for balanced accuracy.',
      },
      prepare: {
        text: 'Texts are cut into words, and words become numbers. The vocabulary is learned from the training split alone, and travels with the model.',
        advice: 'Rare words teach little: a vocabulary of some thousand words suits most texts.',
      },
      split: {
        text: 'Training texts teach, validation texts choose (when to stop, which run), test texts judge once at the end.',
        advice: 'A test file, where the data has one, is the test split.',
      },
      deploy: {
        text: 'A model folder holds weights, vocabulary and recipe: all that is needed to predict new texts.',
      },
    },
  },
}
