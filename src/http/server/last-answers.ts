import type { Server, ServerResponse } from 'node:http'

/**
 * What is answered once a process takes no more connections says `Connection: close`, also to requests that came before: a
 * proxy then sends nothing more on a connection that is about to end, where a form or a token request would be lost.
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
