/** The layers as a graph: added, branched, merged, grouped, moved and wired by mouse and keyboard, the same document as the list. */
import { expect, type Page } from '@playwright/test'
import { complaints } from './support/axe.ts'
import { test } from './support/folder.ts'
import { look } from './support/look.ts'
import { chooseQuick, goTo, openSample } from './support/steps.ts'

const canvas = (page: Page) => page.getByRole('group', { name: 'Layers, graph' })
const box = (page: Page, name: string | RegExp) => canvas(page).getByRole('button', { name }).first()
const source = (page: Page) => page.getByRole('group', { name: 'PyTorch source' })
const says = (page: Page, text: string | RegExp) =>
  expect(source(page)).toContainText(text, { timeout: 60_000 })
const press = (page: Page, ...keys: string[]) =>
  keys.reduce((before, key) => before.then(() => page.keyboard.press(key)), Promise.resolve())

async function undone(page: Page, gone: string): Promise<void> {
  await page.getByRole('button', { name: /^Undo/ }).first().click()
  await expect(source(page)).not.toContainText(gone, { timeout: 60_000 })
}

test('layers are a graph that is edited by mouse and keyboard', { tag: '@thorough' }, async ({ app }) => {
  test.setTimeout(120_000)
  const { page } = app
  page.setDefaultTimeout(20_000)
  const found: string[] = []
  try {
    await openSample(page, 'Customer churn')
    await goTo(page, 'Model')
    await chooseQuick(page)
    await says(page, 'nn.Linear(23, 64)')
    await page.getByRole('radio', { name: 'Graph' }).click()
    await expect(box(page, /^Linear 0/)).toBeVisible()
    await look(page, 'canvas')
    found.push(...(await complaints(page, 'layers as a graph')))

    // By mouse: a layer on a line, a line from a box to another, several in a rectangle.
    await canvas(page)
      .getByRole('button', { name: /^Add a layer between Linear 0 and ReLU 1, where N × 64 flows/ })
      .click()
    await page.keyboard.type('layernorm')
    await press(page, 'Enter')
    await says(page, 'nn.LayerNorm((64,))')
    const end = (id: string, kind: 'source' | 'target') =>
      page.locator(`.vue-flow__node[data-id="${id}"] .vue-flow__handle.${kind}`)
    await end('0', 'source').dragTo(end('1', 'target'))
    await expect(box(page, /^LayerNorm layernorm .*nothing reads it/)).toBeVisible()
    for (const gone of ['The output needs none of these', 'nn.LayerNorm']) await undone(page, gone)

    await box(page, /^Dropout 2/).scrollIntoViewIfNeeded()
    const { x, y } = (await box(page, /^Linear 0/).boundingBox())!
    await page.keyboard.down('Shift')
    await page.mouse.move(x - 40, y + 10)
    await page.mouse.down()
    await page.mouse.move(x + 60, y + 40)
    await page.mouse.move(x + 100, y + 160)
    await page.mouse.up()
    await page.keyboard.up('Shift')
    await expect(page.getByRole('heading', { name: '3 layers chosen' })).toBeVisible()

    // By keyboard: along the line, a layer behind, found by its name, with widths that fit.
    await box(page, /^Input/).focus()
    await press(page, 'ArrowDown', 'ArrowDown')
    await expect(page.locator(':focus')).toHaveAccessibleName(/^ReLU 1/)
    await press(page, 'a')
    await page.keyboard.type('batchnorm1d')
    found.push(...(await complaints(page, 'picker of layers')))
    await press(page, 'Enter')
    await expect(page.locator(':focus')).toHaveAccessibleName(/^BatchNorm1d batchnorm1d/)
    await says(page, 'nn.BatchNorm1d(64)')

    // The source follows what is chosen.
    await expect(source(page).locator('mark')).toHaveText(/batchnorm1d = self\.batchnorm1d\(/)

    // A residual around two, a group of three, closed as one box.
    await press(page, 'ArrowUp', 'Shift+ArrowDown')
    await page.getByRole('button', { name: 'Residual' }).click()
    await says(page, /add = torch\.add\(batchnorm1d, x0\)/)
    await box(page, /^ReLU 1/).click()
    await box(page, /^BatchNorm1d/).click({ modifiers: ['Shift'] })
    await box(page, /^add add/).click({ modifiers: ['Shift'] })
    await page.getByLabel('Name of the group').fill('block')
    await page.getByRole('button', { name: 'Group', exact: true }).click()
    await says(page, 'self.block = nn.ModuleDict({')
    await expect(box(page, /^block 3 layers/)).toBeFocused()
    await look(page, 'canvas-group')
    found.push(...(await complaints(page, 'a group of layers')))

    // In the list it is the same, with what is chosen; and back.
    await page.getByRole('radio', { name: 'List' }).click()
    const layers = page.getByRole('table', { name: 'Layers' })
    await expect(layers.getByRole('button', { name: 'add block.add' })).toHaveAttribute(
      'aria-expanded',
      'true',
    )
    await layers.getByRole('button', { name: 'Dropout 5' }).click()
    await page.getByRole('radio', { name: 'Graph' }).click()
    await expect(box(page, /^Dropout 5/)).toHaveAttribute('aria-pressed', 'true')

    // A branch on a line's number, wired by the mouse; what cannot be is refused with a sentence.
    await box(page, /^Dropout 5/).click()
    await page.getByRole('button', { name: 'Branch' }).click()
    await page.keyboard.type('tanh')
    await press(page, 'Enter')
    await expect(box(page, /^Tanh tanh nothing reads it/)).toBeFocused()
    await box(page, /^Dropout 5/).click({ modifiers: ['Shift'] })
    await page.getByRole('button', { name: 'Add them' }).click()
    await says(page, 'torch.add(tanh, x5)')
    // It may be out of the canvas's view.
    await box(page, /^Dropout 2/).dispatchEvent('click')
    await page.getByLabel('Connect to').selectOption('Linear 0')
    await expect(page.getByText('each would wait for the other')).toBeVisible()
    await page.getByLabel('Connect to').selectOption('Tanh tanh')
    await says(page, 'self.tanh(x2)')

    // Each is one edit, which undo takes back.
    // The one in the block is called so, too.
    const sum = page.locator('[id="box-add"]')
    await sum.dispatchEvent('click')
    await sum.focus()
    await expect(page.getByRole('heading', { name: 'add add' })).toBeVisible()
    await press(page, 'Delete')
    await expect(page.getByText(/Several values meet in add add/)).toBeVisible()
    for (const gone of ['self.tanh(x2)', 'torch.add(tanh', 'nn.Tanh()']) await undone(page, gone)
    expect(found).toEqual([])
    expect(app.problems).toEqual([])
  } finally {
    if (found.length > 0) console.log(found.join('\n'))
  }
})
