import { useLocalStorage, useMediaQuery } from '@vueuse/core'
import { computed, ref } from 'vue'

/** Beside the page the inspector stays as it was left; where there is no room it lies over the page until it is closed. */
export const inspectorOver = useMediaQuery('(max-width: 1199px)')
const beside = useLocalStorage('descent-inspector', true)
const over = ref(false)

export const inspectorShown = computed({
  get: () => (inspectorOver.value ? over.value : beside.value),
  set: (shown) => ((inspectorOver.value ? over : beside).value = shown),
})
