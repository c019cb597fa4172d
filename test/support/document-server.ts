import { mkdtemp, readFile, rm } from 'node:fs/promises'
import type { RequestListener } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import * as client from 'openid-client'
import type { Gatehouse } from './gatehouse.ts'
import { selfSigned } from './postgres.ts'
import { findProgram } from './programs.ts'
import { RelyingParty } from './relying-party.ts'

/** Whether this machine can make a certificate. */
export const hasCertificates = findProgram('openssl') !== null

/** A web server, with a certificate that this process trusts, on which applications publish what they are. */
export class DocumentServer {
  readonly #documents = new Map<string, RequestListener>()
  readonly #server
  /** The paths that were requested. */
  readonly seen: string[] = []

  constructor(tls: { cert: string; key: string }) {
    this.#server = createServer(tls, (req, res) => {
      const path = req.url ?? ''
      this.seen.push(path)
      const answer = this.#documents.get(path)
      if (answer) answer(req, res)
      else res.writeHead(404).end()
    })
  }

  static async start(): Promise<DocumentServer> {
    const folder = await mkdtemp(join(tmpdir(), 'gatehouse-documents-'))
    const files = await selfSigned(folder)
    const [cert, key] = await Promise.all([readFile(files.certificate, 'utf8'), readFile(files.key, 'utf8')])
    await rm(folder, { recursive: true })
    setDefaultCACertificates([...getCACertificates('default'), cert])
    const made = new DocumentServer({ cert, key })
    await new Promise<void>(resolve => made.#server.listen(0, '127.0.0.1', resolve))
    return made
  }

  get host(): string {
    return `localhost:${(this.#server.address() as AddressInfo).port}`
  }

  /** Publishes a document; its address, the client ID, is a member of it. @returns the client ID */
  publish(path: string, document: object, headers: Record<string, string> = {}): string {
    const id = this.address(path)
    const body = JSON.stringify({ client_id: id, ...document })
    return this.answer(path, (_req, res) => {
      res.writeHead(200, { 'content-type': 'application/json', ...headers }).end(body)
    })
  }

  answer(path: string, answer: RequestListener): string {
    this.#documents.set(path, answer)
    return this.address(path)
  }

  address(path: string): string {
    return `https://${this.host}${path}`
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise(resolve => this.#server.close(resolve))
  }
}

/** The application with this client ID, which knows only the issuer. */
export async function describedParty(gatehouse: Gatehouse, id: string): Promise<RelyingParty> {
  const configuration = await client.discovery(new URL(gatehouse.url), id, {}, client.None(), {
    execute: [client.allowInsecureRequests],
  })
  return new RelyingParty(gatehouse, id, null, configuration)
}
