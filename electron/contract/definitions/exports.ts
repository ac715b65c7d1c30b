/** What a trained model can be written as, to run where there is no Descent. */
import { family, define, type Chosen } from './define.ts'
import { choice, flag, whole, type ValueOf } from './options.ts'

const certificate = whole({
  label: 'Rows of the certificate',
  unit: 'made-up rows',
  help: 'In so many rows that are made up to be difficult, with gaps, unseen values, other spellings and extremes, and in at most as many rows of the test, evenly spaced, where the data are at hand, the export has to say what Descent says, or it is not written. Of large pictures and slow networks it is fewer. 0: nothing is compared.',
  least: 0,
  most: 100_000,
  start: 10_000,
})

const weights = choice(
  [
    { value: 'float32', label: 'float32', help: 'As they were trained: 4 bytes a number.' },
    {
      value: 'float16',
      label: 'float16',
      help: '2 bytes a number, three to four digits of it. Answers hardly change.',
    },
    {
      value: 'int8',
      label: 'int8',
      help: '1 byte a number, 255 steps for each channel of a product or convolution. Some answers change.',
    },
  ],
  {
    label: 'Weights',
    help: 'How the file holds the numbers of products, convolutions and look-ups; it computes in float32 all the same. What lighter weights cost in accuracy is measured in the rows of the test, and a file that loses more than half the width of its metric’s 95 % interval is not written.',
    advice:
      'float16 where the size of the file counts; int8 where it has to be smaller still, and the cost is bearable. Neither is quicker.',
    start: 'float32',
  },
)
export type WeightsChoice = ValueOf<typeof weights>

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
    weights,
    certificate,
  },
})

export const web = define({
  name: 'web',
  label: 'Web page',
  help: 'One folder for any web server: a form for one example, files for many, and the model in the browser of whoever opens it (onnxruntime as WebAssembly). It works offline, and nothing that is entered leaves the browser.',
  advice: 'To let people try the model without installing anything.',
  source: 'https://onnxruntime.ai/docs/tutorials/web/',
  options: { weights, certificate },
})

export const server = define({
  name: 'server',
  label: 'Server',
  help: 'One folder with a Dockerfile that answers requests where there is no Descent: rows as JSON at /predict, and tensors by the Open Inference Protocol. It needs Node and onnxruntime-node, and sharp where pictures are sent as files.',
  advice: 'To run the model in a container; on this machine, descent deploy does the same.',
  source: 'https://github.com/kserve/open-inference-protocol',
  options: { weights, certificate },
})

export const pytorch = define({
  name: 'pytorch',
  label: 'PyTorch',
  help: 'A project to go on with: the network as Python source, its weights, what reads prepared rows, and a training that torchrun spreads over any number of machines. It takes what the preparation makes, and gives what the last layer does.',
  advice: 'To train it further, on more than this machine, or to build it into a larger network.',
  source: 'https://docs.pytorch.org/docs/stable/elastic/run.html',
  options: {},
})

export const safetensors = define({
  name: 'safetensors',
  label: 'Weights',
  help: 'The weights alone as model.safetensors, by PyTorch’s names, with the recipe that they were trained by.',
  advice: 'For programs of one’s own that know the network.',
  source: 'https://huggingface.co/docs/safetensors',
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
  members: [onnx, web, server, pytorch, safetensors],
})
export type ExportFormat = Chosen<typeof exportFormats>
export type ExportFormatName = ExportFormat['format']
