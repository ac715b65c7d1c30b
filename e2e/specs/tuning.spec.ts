/** A learning rate and a batch size are found and taken; a run begins with the weights of a model that was saved before. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from '@playwright/test'
import { encodeSafetensors } from '../../engine/formats/safetensors.ts'
import { test } from './support/folder.ts'
import { complaints } from './support/axe.ts'
import { look } from './support/look.ts'
import { expectState, goTo, openSample, setField, startTraining, takeQuick } from './support/steps.ts'

test(
  'a rate and a batch size are found, and a network goes on from saved weights with frozen layers',
  { tag: '@thorough' },
  async ({ app, folder }) => {
    const { page } = app
    page.setDefaultTimeout(15_000)
    await openSample(page, 'Customer churn')
    await takeQuick(page)
    await goTo(page, 'Train')
    const panel = page.getByRole('group', { name: 'Rate and batch size' })

    await test.step('found by keyboard, and taken by a click', async () => {
      await setField(page, 'Batch size (examples)', '5')
      await panel.getByRole('button', { name: 'Find them' }).focus()
      await page.keyboard.press('Enter')
      const found = panel.getByText(/^At [\d.]+ the loss falls fastest/)
      await expect(found).toBeVisible({ timeout: 60_000 })
      const rate = /At ([\d.]+)/.exec((await found.textContent()) ?? '')![1]!
      await look(page, 'train-tuning')
      await panel.getByRole('button', { name: `Use ${rate}` }).click()
      await expect(page.getByLabel('Learning rate', { exact: true })).toHaveValue(rate)
      const sizes = panel.getByRole('region', { name: 'Speed by batch size' })
      const size = /^([\d,]+) is the smallest/.exec(
        (await sizes.getByText(/is the smallest/).textContent())!.trim(),
      )![1]!
      await sizes.getByRole('button', { name: /^Use/ }).click()
      await expect(page.getByLabel('Batch size (examples)', { exact: true })).toHaveValue(
        size.replace(',', ''),
      )
      // What was found depends on neither of the two.
      await expect(panel.getByText('The settings have changed since these were found.')).toHaveCount(0)
      expect(await complaints(page, 'train, tuning')).toEqual([])
    })

    await test.step('weights of a file begin a run, and frozen layers are named', async () => {
      const path = join(folder, 'churn.safetensors')
      const bias = { dtype: 'float32', shape: [64], data: new Uint8Array(4 * 64) } as const
      writeFileSync(path, encodeSafetensors({ '0.bias': bias }))
      await page.getByLabel('Start of the weights').selectOption('pretrained')
      await expect(page.getByText(/^Name the model folder or .safetensors file/).first()).toBeVisible()
      await setField(page, 'File', path)
      const meant = async (name: string) => {
        const field = page.getByRole('textbox', { name: 'Parameters', exact: true })
        await field.fill(name)
        await field.press('Tab')
        await expect(page.getByText('Saving…')).toHaveCount(0)
      }
      await page.getByLabel('Add a rule for parameters').selectOption('freeze')
      await meant('no.such.layer')
      await setField(page, 'Epochs', '3')
      await startTraining(page, 'From a file')
      await expect(page.getByText(/No parameter or layer is called “no.such.layer”/)).toBeVisible()
      await look(page, 'train-fine-tuning')
      await meant('0')
      await startTraining(page, 'From a file')
      await expectState(page, /^finished$/)
      await expect(page.getByText(/tensors? comes? from .*churn\.safetensors; .* drawn anew/)).toBeVisible()
    })
  },
)
