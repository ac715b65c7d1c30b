/** The network is tried before it is trained, and single steps and layers are seen while it learns. */
import { expect } from '@playwright/test'
import { test } from './support/folder.ts'
import { look } from './support/look.ts'
import { expectState, goTo, openSample, setField, startTraining, takeQuick } from './support/steps.ts'

test('tried first, then watched step by step and layer by layer', { tag: '@thorough' }, async ({ app }) => {
  const { page } = app
  page.setDefaultTimeout(15_000)
  await openSample(page, 'Customer churn')
  await takeQuick(page)
  await goTo(page, 'Train')
  const panel = page.getByRole('group', { name: 'Before training' })

  await test.step('nothing stands against a sound network', async () => {
    await panel.getByRole('button', { name: 'Try it first' }).focus()
    await page.keyboard.press('Enter')
    await expect(panel.getByText('Nothing stands against training.', { exact: true })).toBeVisible({
      timeout: 60_000,
    })
    await panel.getByRole('button', { name: /checks passed/ }).click()
    await expect(panel.getByText('A few examples can be learned by heart')).toBeVisible()
    await expect(panel.getByText('An epoch')).toBeVisible()
    await look(page, 'train-preflight')
  })

  await test.step('steps are drawn, smoothed, and layers beside each other', async () => {
    await startTraining(page, 'Sound')
    await expectState(page, /finished/)
    await page.getByRole('radio', { name: 'Steps' }).click()
    await expect(page.getByRole('slider', { name: 'Smoothing' })).toBeVisible()
    await expect(page.getByRole('button', { name: /Loss of each step/ })).toBeVisible()
    const layers = page.getByRole('figure', { name: 'Layers' })
    await expect(layers.getByRole('button', { name: /0\.weight|layers\.0\.weight/ }).first()).toBeVisible()
    await look(page, 'train-steps')
    await layers.getByLabel('What is shown of the layers').selectOption('gradients')
    await expect(layers.getByRole('button', { name: /^Median/ })).toBeVisible()
    await layers.getByLabel('Shown layer').selectOption({ index: 1 })
    await layers.scrollIntoViewIfNeeded()
    await look(page, 'train-distributions')
  })

  await test.step('the rows that it gets most wrong are opened, and a few are seen as it learned', async () => {
    const hardest = page.getByRole('figure', { name: 'Highest loss' })
    await hardest.getByRole('radio', { name: 'Training' }).click()
    const row = hardest.getByRole('button', { name: /^Open row/ }).first()
    const number = (await row.textContent())!.trim()
    await row.focus()
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog', { name: `Row ${number}` })
    await expect(dialog.getByText('1 row', { exact: true })).toBeVisible()
    await expect(dialog.getByRole('rowheader', { name: number })).toBeVisible()
    await page.keyboard.press('Escape')
    const saved = page.getByRole('list', { name: 'Checkpoints' }).getByRole('listitem')
    await expect(saved.filter({ hasText: 'Best epoch' })).toContainText(/validation loss 0\.\d+/)
    await expect(saved.getByRole('button', { name: 'Go on from it: Last checkpoint' })).toBeEnabled()
    const followed = page.getByRole('figure', { name: 'Predictions as it learns' })
    await expect(
      followed.getByRole('img', { name: /^Row [\d,]+, (yes|no): .+ at first, .+ now/ }),
    ).toHaveCount(8)
  })

  await test.step('a learning rate a thousand times too high is named, and mended by a click', async () => {
    await setField(page, 'Learning rate', '1')
    await expect(panel.getByText('The settings have changed since this was tried.')).toBeVisible()
    await startTraining(page, 'Too fast')
    const alarms = page.getByRole('group', { name: 'Alarms' })
    await expect(alarms.getByText(/A step moves half of the weights|the loss has risen/).first()).toBeVisible(
      {
        timeout: 60_000,
      },
    )
    await look(page, 'train-alarms')
    await alarms.getByRole('button', { name: 'Lower the learning rate' }).first().click()
    await alarms.getByRole('button', { name: 'Apply' }).click()
    await expect(page.getByLabel('Learning rate', { exact: true })).toHaveValue('0.001')
  })

  await test.step('a run is changed while it trains, and gone on from when it has ended', async () => {
    await setField(page, 'Epochs', '100000')
    await page.getByRole('switch', { name: 'Early stopping' }).click()
    await expect(page.getByText('Saving…')).toHaveCount(0)
    await startTraining(page, 'Long')
    await expect(page.getByRole('button', { name: 'Change…' })).toBeVisible()
    await page.getByRole('button', { name: 'Change…' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('textbox', { name: 'Learning rate', exact: true }).fill('0.0005')
    await dialog.getByRole('textbox', { name: 'Learning rate', exact: true }).press('Tab')
    await page.screenshot({ path: 'test-results/screenshots/adjust.png' })
    await dialog.getByRole('button', { name: 'Apply' }).click()
    const changes = page.getByRole('list', { name: 'What was changed' })
    await expect(changes.getByText(/After step [\d,]+: learning rate 0.0005/)).toBeVisible()
    await expect(page.getByText(/^Epoch [1-9][\d,]* of/).first()).toBeVisible({ timeout: 60_000 })
    const follow = page.getByRole('button', { name: /^Follow the predictions of row/ }).first()
    const asked = /row (?<row>[\d,]+)/.exec((await follow.getAttribute('aria-label'))!)!.groups!['row']!
    await follow.focus()
    await page.keyboard.press('Enter')
    const followed = page.getByRole('figure', { name: 'Predictions as it learns' })
    await expect(followed.getByRole('button', { name: `Follow row ${asked} no longer` })).toBeVisible()
    await page.getByRole('button', { name: 'Stop', exact: true }).click()
    await page
      .getByRole('dialog')
      .or(page.getByRole('alertdialog'))
      .getByRole('button', { name: 'Stop run' })
      .click()
    await expectState(page, /^stopped$/)
    const { epoch } = (await page
      .getByText(/^Epoch \d+ of/)
      .first()
      .textContent())!.match(/Epoch (?<epoch>[\d,]+)/)!.groups!
    await setField(page, 'Epochs', String(Number(epoch!.replaceAll(',', '')) + 3))
    await page.getByRole('button', { name: 'Go on from…' }).click()
    await page
      .getByRole('dialog')
      .getByRole('radio', { name: /Last checkpoint/ })
      .click()
    await page.screenshot({ path: 'test-results/screenshots/branch.png' })
    await page.getByRole('dialog').getByRole('button', { name: 'Go on' }).click()
    await expect(changes.getByText(/Goes on from “Long”, epoch/)).toBeVisible()
    await expectState(page, /^finished$/)
    await look(page, 'train-branched')
  })
})
