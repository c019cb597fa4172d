import type { Clients } from './clients.ts'
import type { Resources } from './resources.ts'

/** What operators register: applications that sign people in (clients), and the APIs that tokens are for (resources). */
declare module '../base/nouns.ts' {
  interface Nouns {
    clients: Clients
    resources: Resources
  }
}
