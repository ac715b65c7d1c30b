/**
 * Tables that others publish and everybody may use, to learn with and to measure oneself against. Each is fetched from where its
 * owners publish it when somebody asks for it, and from nowhere before. Sizes and counts are as its description gives them.
 */
import type { Reading } from './reading.ts'
import type { Task } from './tasks.ts'

export interface PublicSet {
  readonly label: string
  /** What one learns with it. */
  readonly teaches: string
  readonly task: Task
  readonly target: string
  readonly rows: number
  readonly columns: number
  readonly license: string
  /** Whose it is, as they want to be cited. */
  readonly source: string
  /** Where it is described. */
  readonly about: string
  readonly url: string
  /** Of the file that is fetched; about. */
  readonly bytes: number
  /** Of its bytes; absent: nobody has computed it for this list, and the file that came first is held to be the right one. */
  readonly sha256?: string
  /** How it is read. */
  readonly reading: Partial<Reading>
  /** Of a file without names: those of its description, which are put above it. */
  readonly names?: readonly string[]
}

const uci = 'https://archive.ics.uci.edu/ml/machine-learning-databases'
const ccBy = 'CC BY 4.0'
const headed = { header: 'first', delimiter: 'comma' } as const

export const publicSets = {
  iris: {
    label: 'Iris',
    teaches:
      'Three classes from four measurements: the smallest example there is, of which one class stands apart and two overlap.',
    task: 'classification',
    target: 'species',
    rows: 150,
    columns: 5,
    license: ccBy,
    source:
      'Fisher (1936), The use of multiple measurements in taxonomic problems; UCI Machine Learning Repository',
    about: 'https://archive.ics.uci.edu/dataset/53/iris',
    url: `${uci}/iris/iris.data`,
    bytes: 4600,
    reading: headed,
    names: ['sepal_length', 'sepal_width', 'petal_length', 'petal_width', 'species'],
  },
  penguins: {
    label: 'Palmer penguins',
    teaches: 'Three classes from numbers and categories, with a few missing cells: the successor of Iris.',
    task: 'classification',
    target: 'species',
    rows: 344,
    columns: 7,
    license: 'CC0 1.0',
    source:
      'Gorman, Williams and Fraser (2014), PLoS ONE 9(3); Horst, Hill and Gorman (2020), palmerpenguins; as prepared by seaborn',
    about: 'https://allisonhorst.github.io/palmerpenguins/',
    url: 'https://raw.githubusercontent.com/mwaskom/seaborn-data/master/penguins.csv',
    bytes: 13_500,
    reading: {},
  },
  wine: {
    label: 'Wine',
    teaches:
      'Three growers from thirteen chemical measures of very different scale: what standardizing is for.',
    task: 'classification',
    target: 'grower',
    rows: 178,
    columns: 14,
    license: ccBy,
    source: 'Aeberhard and Forina (1992); UCI Machine Learning Repository',
    about: 'https://archive.ics.uci.edu/dataset/109/wine',
    url: `${uci}/wine/wine.data`,
    bytes: 10_800,
    reading: headed,
    names: [
      'grower',
      'alcohol',
      'malic_acid',
      'ash',
      'alcalinity_of_ash',
      'magnesium',
      'total_phenols',
      'flavanoids',
      'nonflavanoid_phenols',
      'proanthocyanins',
      'color_intensity',
      'hue',
      'od280_od315',
      'proline',
    ],
  },
  'wine-quality': {
    label: 'Wine quality (white)',
    teaches:
      'Marks from 3 to 9 that tasters gave: a number, or ordered classes, most of which are in the middle; and repeated rows.',
    task: 'regression',
    target: 'quality',
    rows: 4898,
    columns: 12,
    license: ccBy,
    source: 'Cortez, Cerdeira, Almeida, Matos and Reis (2009), Decision Support Systems 47(4)',
    about: 'https://archive.ics.uci.edu/dataset/186/wine+quality',
    url: `${uci}/wine-quality/winequality-white.csv`,
    bytes: 264_000,
    reading: { delimiter: 'semicolon', header: 'first' },
  },
  'breast-cancer': {
    label: 'Breast cancer, Wisconsin (original)',
    teaches: 'Two classes from nine grades by eye, with “?” for what is missing and an id that says nothing.',
    task: 'binary',
    target: 'class',
    rows: 699,
    columns: 11,
    license: ccBy,
    source: 'Wolberg (1992), Breast Cancer Wisconsin (Original); UCI Machine Learning Repository',
    about: 'https://archive.ics.uci.edu/dataset/15/breast+cancer+wisconsin+original',
    url: `${uci}/breast-cancer-wisconsin/breast-cancer-wisconsin.data`,
    bytes: 20_000,
    reading: headed,
    names: [
      'id',
      'clump_thickness',
      'cell_size_uniformity',
      'cell_shape_uniformity',
      'marginal_adhesion',
      'epithelial_cell_size',
      'bare_nuclei',
      'bland_chromatin',
      'normal_nucleoli',
      'mitoses',
      'class',
    ],
  },
  mushrooms: {
    label: 'Mushrooms',
    teaches:
      'Edible or poisonous from 22 categories: nothing but one-hot inputs, and a task that can be learned without a mistake.',
    task: 'binary',
    target: 'class',
    rows: 8124,
    columns: 23,
    license: ccBy,
    source: 'Mushroom (1987), from the Audubon Society Field Guide; UCI Machine Learning Repository',
    about: 'https://archive.ics.uci.edu/dataset/73/mushroom',
    url: `${uci}/mushroom/agaricus-lepiota.data`,
    bytes: 374_000,
    reading: headed,
    names: [
      'class',
      'cap_shape',
      'cap_surface',
      'cap_color',
      'bruises',
      'odor',
      'gill_attachment',
      'gill_spacing',
      'gill_size',
      'gill_color',
      'stalk_shape',
      'stalk_root',
      'stalk_surface_above_ring',
      'stalk_surface_below_ring',
      'stalk_color_above_ring',
      'stalk_color_below_ring',
      'veil_type',
      'veil_color',
      'ring_number',
      'ring_type',
      'spore_print_color',
      'population',
      'habitat',
    ],
  },
  adult: {
    label: 'Adult (census income)',
    teaches:
      'Who earns more than $50,000 a year: unbalanced classes, categories with many values, and columns to be careful with, such as sex and race.',
    task: 'binary',
    target: 'income',
    rows: 32_561,
    columns: 15,
    license: ccBy,
    source: 'Becker and Kohavi (1996), Adult; UCI Machine Learning Repository',
    about: 'https://archive.ics.uci.edu/dataset/2/adult',
    url: `${uci}/adult/adult.data`,
    bytes: 3_970_000,
    reading: headed,
    names: [
      'age',
      'workclass',
      'fnlwgt',
      'education',
      'education_num',
      'marital_status',
      'occupation',
      'relationship',
      'race',
      'sex',
      'capital_gain',
      'capital_loss',
      'hours_per_week',
      'native_country',
      'income',
    ],
  },
  'bank-marketing': {
    label: 'Bank marketing',
    teaches:
      'Who subscribes after a call, 12 %: class imbalance, and a column, the call’s duration, that is known too late.',
    task: 'binary',
    target: 'y',
    rows: 45_211,
    columns: 17,
    license: ccBy,
    source: 'Moro, Cortez and Rita (2014), Decision Support Systems 62',
    about: 'https://archive.ics.uci.edu/dataset/222/bank+marketing',
    url: `${uci}/00222/bank.zip`,
    bytes: 579_000,
    reading: { member: 'bank-full.csv', delimiter: 'semicolon', header: 'first' },
  },
  abalone: {
    label: 'Abalone',
    teaches:
      'The age of shells from their measures: a number with noise, strongly related inputs, and two impossible heights.',
    task: 'regression',
    target: 'rings',
    rows: 4177,
    columns: 9,
    license: ccBy,
    source: 'Nash, Sellers, Talbot, Cawthorn and Ford (1994), Abalone; UCI Machine Learning Repository',
    about: 'https://archive.ics.uci.edu/dataset/1/abalone',
    url: `${uci}/abalone/abalone.data`,
    bytes: 192_000,
    reading: headed,
    names: [
      'sex',
      'length',
      'diameter',
      'height',
      'whole_weight',
      'shucked_weight',
      'viscera_weight',
      'shell_weight',
      'rings',
    ],
  },
  concrete: {
    label: 'Concrete strength',
    teaches:
      'A number that depends on its inputs by no straight line, from a mixture’s eight parts and its age.',
    task: 'regression',
    target: 'last',
    rows: 1030,
    columns: 9,
    license: ccBy,
    source: 'Yeh (1998), Cement and Concrete Research 28(12)',
    about: 'https://archive.ics.uci.edu/dataset/165/concrete+compressive+strength',
    url: `${uci}/concrete/compressive/Concrete_Data.xls`,
    bytes: 125_000,
    reading: {},
  },
  energy: {
    label: 'Energy efficiency',
    teaches:
      'How much heat a building’s shape needs: few rows, hardly any noise, and two targets, Y1 and Y2, of which either tells the other.',
    task: 'regression',
    target: 'Y1',
    rows: 768,
    columns: 10,
    license: ccBy,
    source: 'Tsanas and Xifara (2012), Energy and Buildings 49',
    about: 'https://archive.ics.uci.edu/dataset/242/energy+efficiency',
    url: `${uci}/00242/ENB2012_data.xlsx`,
    bytes: 76_000,
    reading: {},
  },
  'bike-sharing': {
    label: 'Bike sharing, by the hour',
    teaches:
      'Counts in order of time, with days, hours and weather; two columns, casual and registered, add up to the target.',
    task: 'regression',
    target: 'cnt',
    rows: 17_379,
    columns: 17,
    license: ccBy,
    source: 'Fanaee-T and Gama (2013), Progress in Artificial Intelligence',
    about: 'https://archive.ics.uci.edu/dataset/275/bike+sharing+dataset',
    url: `${uci}/00275/Bike-Sharing-Dataset.zip`,
    bytes: 280_000,
    reading: { member: 'hour.csv', header: 'first' },
  },
  'california-housing': {
    label: 'California housing',
    teaches:
      'Prices by place: skewed numbers, a target that is cut off at $500,000, some missing cells, and neighbors that are alike.',
    task: 'regression',
    target: 'median_house_value',
    rows: 20_640,
    columns: 10,
    license: 'US census of 1990, public domain; as prepared by A. Géron, Apache-2.0',
    source: 'Pace and Barry (1997), Statistics and Probability Letters 33(3)',
    about: 'https://github.com/ageron/handson-ml2/tree/master/datasets/housing',
    url: 'https://raw.githubusercontent.com/ageron/handson-ml2/master/datasets/housing/housing.csv',
    bytes: 1_420_000,
    reading: { header: 'first' },
  },
} as const satisfies Record<string, PublicSet>

export type PublicSetName = keyof typeof publicSets
export const publicSetNames = Object.keys(publicSets) as PublicSetName[]

const scheme = /^\s*catalog:/i

/** `catalog:NAME` stands where a path or an address may. */
export const isOfCatalog = (text: string): boolean => scheme.test(text)
export const inCatalog = (name: PublicSetName): string => `catalog:${name}`

/** null: none is called that. */
export function publicSetAt(text: string): PublicSetName | null {
  const wanted = text.replace(scheme, '').trim().toLowerCase()
  return publicSetNames.find((name) => name === wanted) ?? null
}

/** A mirror has the files below its own address, where their owners have them below their machine's. */
export const addressOfSet = (name: PublicSetName, mirror: string | null): string => {
  const { url } = publicSets[name]
  return mirror === null ? url : mirror.replace(/\/+$/, '') + new URL(url).pathname
}
