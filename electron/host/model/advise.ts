/** What one click would make of a network, with what it would cost; nothing is changed. */
import {
  isCustom,
  withDocument,
  type Model,
  type NetworkDocument,
  type NetworkGiven,
  type NetworkIdeas,
  type NetworkProposal,
  type NetworkSizes,
} from '../../contract/index.ts'
import { documentOf, type NetworkSpec } from './build.ts'
import { layerChanges, settingChanges } from './changes.ts'
import { onPaper } from './check.ts'
import { costOf } from './describe.ts'
import { requireFitting } from './fit.ts'
import { tryIdeas } from './ideas/index.ts'
import { resized, type Direction } from './resize.ts'

const specOf = ({ model, facts: { inputs, outputs, task } }: NetworkGiven): NetworkSpec => ({
  model,
  inputs,
  outputs,
  task,
})

const ofDocument = (model: Model, before: NetworkDocument, document: NetworkDocument): NetworkProposal => ({
  model: withDocument(model, document),
  cost: costOf(document),
  changes: layerChanges(before, document),
})

function ofSize(spec: NetworkSpec, direction: Direction): NetworkProposal {
  const found = resized(spec, direction)
  if ('refusal' in found) return found
  if ('document' in found) return ofDocument(spec.model, documentOf(spec), found.document)
  const { model } = found
  return {
    model,
    cost: costOf(documentOf({ ...spec, model })),
    changes: isCustom(spec.model) ? [] : settingChanges(spec.model, model),
  }
}

/** Errors: a DescentError for a network that does not fit, which has to be mended first. */
export async function sizesOfNetwork(given: NetworkGiven): Promise<NetworkSizes> {
  const spec = specOf(given)
  await requireFitting(spec)
  return await onPaper(() => ({
    now: costOf(documentOf(spec)),
    bigger: ofSize(spec, 'bigger'),
    smaller: ofSize(spec, 'smaller'),
  }))
}

/** Errors: as `sizesOfNetwork`. */
export async function ideasForNetwork(given: NetworkGiven): Promise<NetworkIdeas> {
  const spec = specOf(given)
  await requireFitting(spec)
  const document = documentOf(spec)
  return await onPaper(() => ({
    now: costOf(document),
    ideas: tryIdeas(document).map(({ name, tried }) => ({
      name,
      proposal: 'refusal' in tried ? tried : ofDocument(spec.model, document, tried.document),
    })),
  }))
}
