import type { Server, ServerResponse } from 'node:http'

/**
 * Once the process accepts no more connections, every response says `Connection: close`, also to requests under way. A
 * proxy then sends no further request, such as a form or a token request, on a connection that is about to close.
 */
export class LastAnswers {
  readonly #open = new Set<ServerResponse>()
  #stopping = false

  constructor(http: Server) {
    http.prependListener('request', (_request, response: ServerResponse) => {
      if (this.#stopping) response.shouldKeepAlive = false
      this.#open.add(response)
      response.once('close', () => this.#open.delete(response))
    })
  }

  begin(): void {
    this.#stopping = true
    for (const response of this.#open) response.shouldKeepAlive = false
  }
}
