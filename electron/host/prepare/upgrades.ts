/**
 * Preparations of earlier versions. Version 1 had a fixed form for each kind of data; its numbers, read as steps and
 * encoders, give the same features to the bit. What these wrote is stored data: the names in here never change.
 */
import { isObject } from '../../contract/index.ts'

type Written = Record<string, unknown>

function tableColumn(column: Written): Written {
  const { kind, name } = column
  if (kind === 'number') {
    const { impute, indicator, center, scale } = column
    return {
      name,
      kind,
      steps: [
        { step: 'impute', value: impute, indicator },
        { step: 'standardize', center, scale },
      ],
      encoder: { encoder: 'numeric', indicator },
    }
  }
  const { categories, missing, other } = column
  // A number is the place of the category that a missing one is read as.
  const filled =
    typeof missing === 'number' && Array.isArray(categories) ? (categories[missing] as unknown) : undefined
  return {
    name,
    kind,
    steps: filled === undefined ? [] : [{ step: 'fillMode', category: filled }],
    encoder: { encoder: 'oneHot', categories, other, missing: missing === 'feature' },
  }
}

function columnsOf(written: Written): unknown {
  if (written.kind === 'images') {
    const { channels, height, width, mean, std } = written
    const encoder = { encoder: 'rawPixels', channels, height, width, mean, std }
    return [{ name: 'image', kind: 'image', steps: [], encoder }]
  }
  if (written.kind === 'text') {
    const { tokenizer, vocabulary, maxTokens } = written
    return [
      {
        name: 'text',
        kind: 'text',
        steps: [],
        encoder: { encoder: 'words', tokenizer, vocabulary, maxTokens },
      },
    ]
  }
  return Array.isArray(written.columns)
    ? written.columns.map((column: unknown) => (isObject(column) ? tableColumn(column) : column))
    : written.columns
}

function targetOf(target: unknown): unknown {
  if (!isObject(target) || target.kind !== 'number') return target
  const { kind, name, mean, std } = target
  return { kind, name, mean, steps: [{ step: 'standardize', center: mean, scale: std }] }
}

/** One of version 1 as one of version 2. */
function withSteps(written: Written): Written {
  const { task, classWeights, trainRows, target } = written
  return { version: 2, task, columns: columnsOf(written), target: targetOf(target), classWeights, trainRows }
}

/** Version 2 knew a single number as target, and no weights of rows. */
function withTargets(written: Written): Written {
  const { target } = written
  if (!isObject(target) || target.kind !== 'number') return { ...written, version: 3, weight: null }
  const { name, mean, steps } = target
  return {
    ...written,
    version: 3,
    weight: null,
    target: { kind: 'numbers', columns: [{ name, mean, steps }] },
  }
}

const upgrades: readonly (readonly [from: number, upgrade: (written: Written) => Written])[] = [
  [1, withSteps],
  [2, withTargets],
  // Version 3 did not say how cells are written: a column without a parser is one that says nothing about it.
  [3, (written) => ({ ...written, version: 4 })],
]

/** One of an earlier version as one of this version; anything else unchanged, for the schema to judge. */
export const upgradePreparation = (written: Written): Written =>
  upgrades.reduce((at, [from, upgrade]) => (at.version === from ? upgrade(at) : at), written)
