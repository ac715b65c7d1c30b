/** What a trained model can be written as, to run where there is no Descent. */
import { family, define, type Chosen } from './define.ts'
import { flag } from './options.ts'

export const onnx = define({
  name: 'onnx',
  label: 'ONNX',
  help: 'One file, model.onnx (opset 17, any number of rows at once), that onnxruntime and most other programs run: from the columns as they are read to the answer, with the same preparation inside.',
  advice: 'The usual choice to run a model from Python, JavaScript, C#, Java or C++.',
  source: 'https://onnx.ai/onnx/intro/concepts.html',
  options: {
    preparation: flag({
      label: 'With its preparation',
      unit: 'columns go in as they are',
      help: 'Missing values, scaling and categories are handled inside the file. Without it, the file takes the numbers that the preparation makes.',
      start: true,
    }),
    answers: flag({
      label: 'With its answers',
      unit: 'classes and probabilities, or numbers in their own unit, come out',
      help: 'The file says the answer, as scikit-learn’s converters do: label and probabilities, or variable. Without it, it gives what the last layer does.',
      start: true,
    }),
  },
})

export const pytorch = define({
  name: 'pytorch',
  label: 'PyTorch',
  help: 'The network as Python source, network.py, with its weights as model.safetensors: it needs nothing but PyTorch. It takes what the preparation makes, and gives what the last layer does.',
  advice: 'To train it further, or to build it into a larger network.',
  source: 'https://pytorch.org/docs/stable/generated/torch.nn.Module.html',
  options: {},
})

export const exportFormats = family({
  name: 'exports',
  one: 'format',
  help: 'What a saved model can be written as, to run where there is no Descent.',
  path: 'export',
  key: 'format',
  usage:
    'Chosen with descent export MODEL --format NAME, their settings with --set SETTING=VALUE. Not part of a recipe.',
  members: [onnx, pytorch],
})
export type ExportFormat = Chosen<typeof exportFormats>
export type ExportFormatName = ExportFormat['format']
