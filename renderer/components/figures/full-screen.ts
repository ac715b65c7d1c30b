/** Whether the figure around fills the window, for what grows with it. */
import { inject, provide, readonly, ref } from 'vue'
import type { InjectionKey, Ref } from 'vue'

const key: InjectionKey<Readonly<Ref<boolean>>> = Symbol('full screen')

export function provideFullScreen(full: Ref<boolean>): void {
  provide(key, readonly(full))
}
export const useFullScreen = (): Readonly<Ref<boolean>> => inject(key, () => ref(false), true)
