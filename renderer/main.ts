import './lib/no-eval.ts'
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import App from './App.vue'
import { router } from './router.ts'
import './style.css'

// The host has made a cookie of the token; it must not stay in the address bar or the history.
const address = new URL(location.href)
if (address.searchParams.has('token')) {
  address.searchParams.delete('token')
  history.replaceState(history.state, '', address)
}

createApp(App).use(createPinia()).use(router).mount('#app')
