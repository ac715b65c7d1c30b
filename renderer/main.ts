import { createPinia } from 'pinia'
import { createApp } from 'vue'
import { z } from 'zod'
import App from './App.vue'
import { router } from './router.ts'
import './style.css'

// zod's compiled parsers need eval, which the content security policy forbids.
z.config({ jitless: true })

// The host has made a cookie of the token; it must not stay in the address bar or the history.
const address = new URL(location.href)
if (address.searchParams.has('token')) {
  address.searchParams.delete('token')
  history.replaceState(history.state, '', address)
}

createApp(App).use(createPinia()).use(router).mount('#app')
