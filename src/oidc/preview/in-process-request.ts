import { IncomingMessage, type RequestListener, ServerResponse } from 'node:http'
import { Socket } from 'node:net'

export type Answer = Record<string, unknown>
export type Parameters = Record<string, string | undefined>

interface Request {
  host: string
  path: string
  /** Sent by POST; without it, the request is a GET. */
  form?: Parameters
  /** The access token. */
  token?: string
}

/**
 * Sends a request to a listener in this process, without a connection.
 * @returns the status and the JSON of the answer
 * @throws Error if the answer is not JSON, as only where something has failed
 */
export function requestInProcess(
  listener: RequestListener,
  { host, path, form, token }: Request,
): Promise<{ status: number; body: Answer }> {
  const given = Object.entries(form ?? {}).filter((entry): entry is [string, string] => entry[1] !== undefined)
  const req = Object.assign(new IncomingMessage(new Socket()), {
    method: form ? 'POST' : 'GET',
    url: path,
    headers: {
      host,
      ...(form && { 'content-type': 'application/x-www-form-urlencoded', 'transfer-encoding': 'chunked' }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
  })
  if (form) req.push(new URLSearchParams(given).toString())
  req.push(null)
  return new Promise((resolve, reject) => {
    const res = new ServerResponse(req)
    const end = (body: unknown) => {
      const text = String(body ?? '')
      if (text.startsWith('{')) resolve({ status: res.statusCode, body: JSON.parse(text) as Answer })
      else reject(new Error(`${path} answered ${res.statusCode}: ${text}`))
      return res
    }
    listener(req, Object.assign(res, { end }))
  })
}
