import { useLocalStorage } from '@vueuse/core'

export const inspectorOpen = useLocalStorage('descent-inspector', true)
