/** The theme's colors for what is drawn rather than styled: canvases and files. */
import { createSharedComposable, useMediaQuery, useMutationObserver } from '@vueuse/core'
import { shallowRef, watch } from 'vue'
import type { Palette } from '../lib/chart-model.ts'

function readPalette(): Palette {
  const style = getComputedStyle(document.documentElement)
  const token = (name: string) => style.getPropertyValue(`--${name}`).trim()
  return {
    text: token('text'),
    muted: token('muted'),
    line: token('line'),
    panel: token('panel'),
    sunken: token('sunken'),
    accent: token('accent'),
    accentSoft: token('accent-soft'),
    positive: token('positive'),
    negative: token('negative'),
    font: getComputedStyle(document.body).fontFamily,
    series: (number) => token(`series-${number}`),
  }
}

/** Read anew when the theme has changed: the attribute is what the style sheet goes by, whoever has set it. */
export const usePalette = createSharedComposable(() => {
  const palette = shallowRef(readPalette())
  const read = () => (palette.value = readPalette())
  useMutationObserver(document.documentElement, read, { attributeFilter: ['data-theme'] })
  watch(useMediaQuery('(forced-colors: active)'), read)
  return palette
})
