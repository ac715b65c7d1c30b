/** The step Model: the network, its layers, its source. */
import { plural } from '../lib/format.ts'

export const model = {
  title: 'Model',
  lead: 'The network: its kind, how many layers, how wide, and what keeps it from memorizing.',
  continue: 'Continue to Train',
  choice: {
    title: 'Network',
    kind: 'Kind',
  },
  shapes: {
    cancelled: 'Working out the shapes was cancelled.',
    workOut: 'Work out the shapes',
    loading: 'Working out the shapes…',
  },
  detached: {
    fromTemplate: (template: string) =>
      `These layers are changed by hand. They no longer follow the template “${template}”, nor the data where its columns change.`,
    ownLayers: 'These layers are written by hand: they do not follow the data where its columns change.',
    undo: 'Undo',
    back: 'Go back to the template',
  },
  problems: {
    set: (option: string, value: string) => `Set ${option} to ${value}`,
  },
  summary: {
    parameters: 'Parameters',
    size: (parameters: string, example: string | null) =>
      `${parameters}${example === null ? '' : ` + ${example} per example`}`,
    multiplyAdds: 'Multiply-adds',
    perExample: 'per example',
    whenFit: 'when all layers fit',
    loss: 'Loss',
    firstLoss: 'First loss, expected',
    before: 'before anything is learnt',
  },
  drawing: {
    input: 'Input',
    inputs: 'Inputs',
    output: 'Output',
    hidden: (place: number) => `Hidden ${place}`,
    title: 'Network',
    summary: (layers: string) => `Network: ${layers}.`,
    note: 'numbers of an example, layer by layer; heights on a log scale',
    scroller: 'Drawing of the network',
    legend: 'Below: what comes out. Between: parameters.',
    layer: 'Layer',
    parameters: 'Parameters',
  },
  layers: {
    title: 'Layers',
    note: 'open one to change it',
    scroller: 'Layers, table',
    layer: 'Layer',
    output: 'Output',
    parameters: 'Parameters',
    multiplyAdds: 'Multiply-adds',
    total: 'Total',
    of: 'of',
    ofAll: (share: string) => `${share} of all`,
    summary: (layers: number, parameters: number) =>
      `${plural(layers, 'layer')} with ${plural(parameters, 'parameter')}.`,
    type: 'Type',
    options: 'Options',
  },
  layer: {
    kind: 'Kind of layer',
    duplicate: 'Duplicate',
    remove: 'Remove',
    more: 'More options',
    atDefaults: (count: number) => `(${count} at their defaults)`,
  },
  nodeOption: {
    as: (option: string) => `as ${option}`,
    enterList: 'Enter numbers with commas between.',
    enterNumber: 'Enter a number.',
    enterWhole: 'Enter a whole number.',
    atLeast: (least: number) => `At least ${least}.`,
    atMost: (most: number) => `At most ${most}.`,
    enterSome: (count: number) => `Enter 1 or ${count} numbers.`,
  },
  source: {
    title: 'PyTorch',
    note: 'the same network',
    copy: 'Copy the source',
    label: 'PyTorch source',
    none: 'It is written as soon as the layers fit each other.',
    edit: 'Edit',

    editLabel: 'PyTorch source to edit',
    apply: 'Apply',
    applyKeys: 'Makes it the layers: Ctrl+Enter in the text',
    discard: 'Discard',
    close: 'Close',
    problems: 'What is said of its lines',
    line: (line: number) => `Line ${line}`,
    reading: 'Reading…',
    same: 'It is what the layers are. Change it, or paste the source of another network over it.',
    understood: (layers: number) =>
      `Understood: ${plural(layers, 'layer')}. Nothing is changed until it is applied.`,
    misfits: (layers: number, problems: number) =>
      `Understood: ${plural(layers, 'layer')}, and ${plural(problems, 'thing')} that ${problems === 1 ? 'does' : 'do'} not fit. It can be applied, and mended there.`,
    notUnderstood: (problems: number) =>
      `${plural(problems, 'place')} ${problems === 1 ? 'is' : 'are'} not understood: nothing is applied.`,
    behind: 'The layers were changed meanwhile: applying replaces them by this text, discarding keeps them.',
    applied: 'The layers are what the source says now.',
    unchanged: 'The source says what the layers are already.',
  },
  notices: {
    byHand: 'The layers are changed by hand now, and no longer follow the template.',
  },
}
