/** Everything a person can choose. A family's index is the only list of its members. */
import { alarms } from './alarms.ts'
import { alerts } from './alerts.ts'
import { checks } from './checks.ts'
import { testChecks } from './test-checks.ts'
import type { Family, SettingGroup } from './define.ts'
import { augmentations } from './augmentations.ts'
import { ideas } from './ideas.ts'
import { encoders } from './encoders.ts'
import type { FindingRegistry } from './findings.ts'
import { dataExports } from './data-exports.ts'
import { runExports } from './run-exports.ts'
import { exportFormats } from './exports.ts'
import { explanations } from './explanations.ts'
import { corruptions } from './corruptions.ts'
import { imbalanceRemedies } from './imbalance.ts'
import { preparationSteps } from './steps.ts'
import { losses } from './losses.ts'
import { parsers } from './parsers.ts'
import { baselines } from './baselines.ts'
import { preflight } from './preflight.ts'
import { optimizers } from './optimizers.ts'
import { schedules } from './schedules.ts'
import { splits } from './splits.ts'
import { budgetOptions } from './budget.ts'
import { outsideOptions, thresholdOptions } from './target.ts'
import { binary, classification, namesOfOneClass, regression, tasks } from './tasks.ts'
import { efforts } from './efforts.ts'
import { networks } from './templates.ts'
import { pictureOptions } from './pictures.ts'
import { readingOptions } from './reading.ts'
import { searches } from './searches.ts'
import { selections } from './selections.ts'
import { shaping } from './shaping.ts'
import { parameterRules, weightStarts } from './fine-tuning.ts'
import {
  calibrationOptions,
  lengthOptions,
  precisionOptions,
  rangeOptions,
  stepOptions,
  stoppingOptions,
} from './training.ts'

export * from './define.ts'
export * from './options.ts'
export { optimizers, type Optimizer } from './optimizers.ts'
export { constant as constantSchedule, schedules, type Schedule } from './schedules.ts'
export { efforts, usualEffort, type Effort } from './efforts.ts'
export { wordOptions, wordsProblem, type TokenizerChoice } from './word-reading.ts'
export { ideas, type IdeaName } from './ideas.ts'
export {
  errorNames,
  huber,
  isWritten,
  losses,
  lossTitle,
  probabilityNames,
  writtenLoss,
  type Loss,
} from './losses.ts'
export {
  isCustom,
  mlp,
  mostUnits,
  networks,
  networksFor,
  ownTraining,
  realMlp,
  sizesOf,
  tabM,
  startingPoints,
  templates,
  templatesFor,
  textsTooShort,
  withDocument,
  type CustomModel,
  type Mlp,
  type Model,
  type Size,
  type StartingPoint,
  type Template,
  type TemplateModel,
} from './templates.ts'
export type { OwnTraining } from './template-trainings.ts'
export { hugeTable, networkFactsSchema, usualTrainShare, type NetworkFacts } from './starting-points.ts'
export {
  formatMetric,
  formatMetricDifference,
  metricOf,
  metrics,
  metricsFor,
  primaryFor,
  type Metric,
  type MetricName,
} from './metrics.ts'
export * from './column-kinds.ts'
export * from './groups.ts'
export * from './target.ts'
export {
  binary,
  classification,
  multilabel,
  ordinal,
  predictsClasses,
  predictsOneClass,
  regression,
  taskOf,
  tasks,
  taskSchema,
  type Task,
} from './tasks.ts'
export {
  preparationSteps,
  robust,
  standardize,
  type PreparationStep,
  type PreparationStepName,
} from './steps.ts'
export {
  encoders,
  oneHot,
  tensorKinds,
  words,
  type Encoder,
  type EncoderName,
  type TensorKind,
} from './encoders.ts'
export {
  dates,
  isoFormat,
  numerals,
  parserFor,
  parserKey,
  parserOf,
  parsers,
  times,
  plainNumerals,
  sameParser,
  type Dates,
  type Numerals,
  type Parser,
} from './parsers.ts'
export {
  byColumn,
  byGroup,
  byNumbers,
  byTime,
  folds,
  given,
  mostFolds,
  ordered,
  random,
  splitColumnsOf,
  splitOf,
  splitProblems,
  splits,
  type Split,
} from './splits.ts'
export { countRowsIn, lastRowIn, packRows, readRowNumbers, rowFinder } from './row-numbers.ts'
export {
  augmentations,
  augmentationsFor,
  isOfTexts,
  textAugmentations,
  risksOf,
  suitsChannels,
  type Augmentation,
  type Risk,
} from './augmentations.ts'
export { classWeights, imbalanceRemedies, type ImbalanceRemedy } from './imbalance.ts'
export { dataExports, type DataExport, type DataExportName } from './data-exports.ts'
export { runExports, type RunExport, type RunExportName } from './run-exports.ts'
export {
  ablation,
  learningCurve,
  asha,
  contestOf,
  everyOptimizer,
  randomSearch,
  searches,
  type Contest,
  type SearchKind,
} from './searches.ts'
export { exportFormats, type ExportFormat, type ExportFormatName, type WeightsChoice } from './exports.ts'
export {
  explanations,
  explanationsFor,
  isSigned,
  type Explanation,
  type ExplanationName,
} from './explanations.ts'
export {
  corruptions,
  corruptionsFor,
  severitiesOfCorruptions,
  smallPicture,
  type CorruptionName,
} from './corruptions.ts'
export { alarms } from './alarms.ts'
export { baselineLabel, baselines, constantBaseline, type BaselineName } from './baselines.ts'
export { preflight, type PreflightCheck } from './preflight.ts'
export { alerts, nearDuplicates, outliers, sumColumn, zerosMissing } from './alerts.ts'
export { checks } from './checks.ts'
export { shortcut, testChecks, testDrift, unstableResult } from './test-checks.ts'
export {
  severities,
  type Fact,
  type FindingDefinition,
  type FindingRegistry,
  type Severity,
} from './findings.ts'
export {
  gradientNormSeries,
  isStepwise,
  layerOfSeries,
  layerSeriesName,
  layerStatisticNames,
  layerStatistics,
  distributionOfSeries,
  distributionPercentiles,
  distributions,
  distributionSeriesName,
  type Distribution,
  type DistributionPercentile,
  learningRateSeries,
  measuredOn,
  recordedFor,
  seriesFor,
  seriesOf,
  stepLossSeries,
  throughputSeries,
  trainLossSeries,
  validationLossSeries,
  type LayerStatistic,
  type MetricSplit,
  type Series,
} from './series.ts'
export {
  delimiterWords,
  detected,
  encodings,
  readingNames,
  readingOptions,
  upgradeReading,
  withReading,
  type EncodingName,
  type Reading,
  type ReadingName,
} from './reading.ts'
export {
  pictureOptionNames,
  pictureOptions,
  picturesFound,
  pictureSizes,
  readPictures,
  type PictureOption,
  type PictureReading,
} from './pictures.ts'
export { all as allFeatures, best as bestFeatures, selections, type Selection } from './selections.ts'
export {
  deriveColumn,
  filterRows,
  isJoin,
  joinTable,
  lackingIn,
  leavesOutRows,
  pairOf,
  shaping,
  toldOf,
  type JoinStep,
  type ShapingName,
  type ShapingStep,
} from './shaping.ts'
export {
  aFormat,
  formatNamed,
  tableExtensions,
  tableFormatNames,
  tableFormats,
  type TableFormatName,
} from './formats.ts'
export {
  addressOfSet,
  inCatalog,
  isOfCatalog,
  publicSetAt,
  publicSetNames,
  publicSets,
  type PublicSet,
  type PublicSetName,
} from './public-sets.ts'
export { serverAt, serverNames, servers, type ServerName } from './servers.ts'
export {
  pretrained,
  namesParameter,
  parameterRules,
  weightsProblem,
  weightStarts,
  type ParameterRule,
  type WeightStart,
} from './fine-tuning.ts'
export { budgetOptions } from './budget.ts'
export {
  calibrationOptions,
  lengthOptions,
  precisionOptions,
  rangeOptions,
  stepOptions,
  stoppingOptions,
} from './training.ts'

/** All of them, in the order of the steps: for help, docs and whoever deals with choices without knowing them. */
export const families: readonly Family[] = [
  shaping,
  parsers,
  tasks,
  splits,
  selections,
  preparationSteps,
  encoders,
  imbalanceRemedies,
  augmentations,
  networks,
  weightStarts,
  losses,
  optimizers,
  parameterRules,
  schedules,
]
/** With those whose choice is no part of a recipe. */
export const allFamilies: readonly Family[] = [
  ...families,
  baselines,
  efforts,
  ideas,
  searches,
  exportFormats,
  explanations,
  corruptions,
  dataExports,
  runExports,
]
export const settingGroups: readonly SettingGroup[] = [
  {
    name: 'threshold',
    label: 'Threshold',
    help: 'Between two classes: from which probability on the second one is predicted.',
    tasks: [binary.name],
    path: 'target',
    options: thresholdOptions,
  },
  {
    name: 'outside',
    label: 'None of the classes',
    help: 'Of several classes: one that stands for none, answered too where the network is not sure enough.',
    tasks: [classification.name],
    path: 'target',
    options: outsideOptions,
  },
  {
    name: 'reading',
    label: 'Reading',
    help: 'How a table’s file is read; what is auto is found out from the file, and said in the receipt.',
    path: 'data.source',
    options: readingOptions,
  },
  {
    name: 'pictures',
    label: 'Pictures',
    help: 'How files of pictures become pixels; what is auto is found out from them, and said in the receipt.',
    path: 'data.source.pictures',
    options: pictureOptions,
  },
  {
    name: 'training',
    label: 'Length',
    help: 'How long and how exactly a training computes, and what is done to gradients and weights at each step.',
    path: 'training',
    options: { ...lengthOptions, ...precisionOptions, ...stepOptions },
  },
  {
    name: 'calibration',
    label: 'Calibration',
    help: 'Of one class out of several: what becomes of probabilities once the network is trained.',
    tasks: namesOfOneClass,
    path: 'training',
    options: calibrationOptions,
  },
  {
    name: 'range',
    label: 'Range of predictions',
    help: 'Of numbers: within what predictions stay.',
    tasks: [regression.name],
    path: 'training',
    options: rangeOptions,
  },
  {
    name: 'budget',
    label: 'Budget',
    help: 'How large the model may become and how long its answers may take: checked before and after.',
    path: 'budget',
    options: budgetOptions,
  },
  {
    name: 'earlyStopping',
    label: 'Early stopping',
    help: 'When a training ends before its last epoch; null where it does not.',
    path: 'training.earlyStopping',
    options: stoppingOptions,
  },
]

/** What is said about data, its preparation, and trainings. */
export const findingRegistries: readonly FindingRegistry[] = [alerts, checks, preflight, alarms, testChecks]
