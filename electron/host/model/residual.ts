/** A residual network for tables, as Gorishniy et al. 2021 have it: https://arxiv.org/abs/2106.11959, section 3.2. */
import type { NetworkDocument, NetworkInput, OptionsOf, templates } from '../../contract/index.ts'
import { Drawing } from './draw.ts'
import { joined } from './joined.ts'

type Knobs = OptionsOf<typeof templates, 'resnet'>

/** x + Dropout(Linear(Dropout(ReLU(Linear(BatchNorm(x)))))). */
function block(drawing: Drawing, name: string, { width, inner, dropout }: Knobs, x: string): string {
  const id = (part: string): string => `${name}.${part}`
  const drop = (part: string, from: string): string =>
    drawing.layer(id(part), 'Dropout', { p: dropout }, from)
  const normalized = drawing.layer(id('normalization'), 'BatchNorm1d', { numFeatures: width }, x)
  const wide = drawing.layer(id('linear0'), 'Linear', { inFeatures: width, outFeatures: inner }, normalized)
  const bent = drop('dropout0', drawing.op(id('relu'), 'relu', {}, wide))
  const narrow = drawing.layer(id('linear1'), 'Linear', { inFeatures: inner, outFeatures: width }, bent)
  return drawing.op(id('sum'), 'add', {}, x, drop('dropout1', narrow))
}

/** A first layer, the blocks, and what reads the outputs from the last one. */
export function residual(knobs: Knobs, inputs: readonly NetworkInput[], outputs: number): NetworkDocument {
  const drawing = new Drawing()
  const start = joined(drawing, inputs)
  const { width, blocks } = knobs
  const id = (i: number): string => `${start.prefix}${i}`
  let at = drawing.layer(id(0), 'Linear', { inFeatures: start.width, outFeatures: width }, start.id)
  for (let i = 1; i <= blocks; i++) at = block(drawing, id(i), knobs, at)
  at = drawing.layer(id(blocks + 1), 'BatchNorm1d', { numFeatures: width }, at)
  at = drawing.layer(id(blocks + 2), 'ReLU', {}, at)
  return drawing.document(
    inputs,
    drawing.layer(id(blocks + 3), 'Linear', { inFeatures: width, outFeatures: outputs }, at),
  )
}
