/** Augmentations of texts: what becomes of their words, drawn anew for every training text in every epoch. */
import { augmentation } from './augmentation.ts'
import { filePath, number } from './options.ts'

const probability = (start: number) =>
  number({
    label: 'Probability',
    help: 'The share of the texts that is changed in an epoch.',
    least: 0,
    most: 1,
    step: 0.05,
    share: true,
    start,
  })
const words = (help: string, start: number) =>
  number({ label: 'Words', help, least: 0, most: 1, step: 0.05, share: true, start })

const eda = 'Wei & Zou 2019, https://arxiv.org/abs/1901.11196'

export const wordDropout = augmentation({
  name: 'wordDropout',
  label: 'Hide words',
  help: 'Words are replaced by the unknown one, so that a network learns not to rest on a single word, and what an unknown word is.',
  advice:
    '5 to 20 % of the words. It is the cheapest help against unknown words in new texts, which training texts have none of.',
  source: 'Iyyer et al. 2015, https://aclanthology.org/P15-1162, section 3.2',
  of: 'texts',
  risks: ({ words: share }) => (share > 0 ? ['wordsLost'] : []),
  options: { words: words('How likely each word of a text is hidden.', 0.1), probability: probability(1) },
})

export const wordDeletion = augmentation({
  name: 'wordDeletion',
  label: 'Leave out words',
  help: 'Words go, and the others move up; one word is always left.',
  source: eda,
  of: 'texts',
  risks: ({ words: share }) => (share > 0 ? ['wordsLost'] : []),
  options: { words: words('How likely each word of a text goes.', 0.1), probability: probability(0.5) },
})

export const wordSwap = augmentation({
  name: 'wordSwap',
  label: 'Swap words',
  help: 'Two words change places, for a share of the words of a text.',
  advice: 'Only where the order of words says little of the label.',
  source: eda,
  of: 'texts',
  risks: ({ words: share }) => (share > 0 ? ['reordered'] : []),
  options: {
    words: words('How many swaps there are, as a share of the words; one at least.', 0.1),
    probability: probability(0.5),
  },
})

export const synonyms = augmentation({
  name: 'synonyms',
  label: 'Synonyms',
  help: 'Words become others that mean the same, from a list of your own.',
  source: eda,
  of: 'texts',
  options: {
    path: filePath(
      { name: 'Lists of synonyms', endings: ['txt', 'csv', 'tsv'] },
      {
        label: 'List',
        help: 'A text file with a group of words that mean the same on each line, between commas or tabs: big, large, huge. Lines that begin with # are none.',
        bounds: 'the path of a text file',
      },
    ),
    words: words('How likely each word that has synonyms becomes one of them.', 0.3),
    probability: probability(0.5),
  },
})

export const characterNoise = augmentation({
  name: 'characterNoise',
  label: 'Typing errors',
  help: 'Letters of words are swapped, left out, doubled by a neighbor on the keyboard, or exchanged for one. To a network of whole words a misspelled word is mostly the unknown one; parts of words still say what it was.',
  advice: 'For texts that people type in a hurry, with a tokenizer of parts of words or of characters.',
  source: 'Belinkov & Bisk 2018, https://arxiv.org/abs/1711.02173',
  of: 'texts',
  risks: ({ words: share }) => (share > 0 ? ['misspelled'] : []),
  options: { words: words('How likely each word has an error.', 0.05), probability: probability(0.5) },
})
