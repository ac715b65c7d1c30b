/** The weights of a saved model with the recipe that they were trained by. */
import { encodeSafetensors } from '../../../../engine/formats/safetensors.ts'
import { section } from '../../training/checkpoint.ts'
import { toSafeTensors } from '../folder.ts'
import { cell } from '../card.ts'
import { shapeLines } from '../shape.ts'
import type { Format } from './index.ts'
import { provenanceLines } from './readme.ts'

export const safetensorsFormat: Format = async ({ document, weights }) => {
  const tensors = toSafeTensors(section(weights, 'model'))
  const { recipe, dataSha256 } = document.provenance
  const rows = Object.entries(tensors).map(
    ([name, { dtype, shape }]) => `| \`${cell(name)}\` | ${dtype} | [${shape.join(', ')}] |`,
  )
  const readme = [
    ...provenanceLines(document),
    '',
    'The weights alone, by PyTorch’s names. `recipe.json` is what they were trained by: `npx descent run recipe.json` trains them again. `preparation.json` is what the preparation learned of the training rows, by which the columns become what the network takes.',
    '',
    '```python',
    'from safetensors.torch import load_file  # pip install safetensors torch',
    '',
    'state = load_file("model.safetensors")',
    '```',
    '',
    ...shapeLines(document, false),
    '## Tensors',
    '',
    '| tensor | type | shape |',
    '| --- | --- | --- |',
    ...rows,
    '',
  ].join('\n')
  return {
    files: {
      'model.safetensors': encodeSafetensors(tensors, { format: 'pt', data: dataSha256 }),
      'recipe.json': JSON.stringify(recipe, null, 2) + '\n',
      'preparation.json': JSON.stringify(document.preparation, null, 2) + '\n',
      'README.md': readme,
    },
    certificate: null,
  }
}
