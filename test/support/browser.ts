import { type HTMLElement, parse } from 'node-html-parser'

export interface Page {
  url: string
  status: number
  headers: Headers
  html: string
}

interface Cookie {
  name: string
  value: string
  path: string
  expires: number
}

const MAX_REDIRECTS = 12

/**
 * A browser without scripts, over fetch: it keeps cookies by path, follows redirects within the provider, fills in and
 * submits the forms of a page, and stops at a redirect to any other site, whose address is then `url`.
 */
export class Browser {
  readonly #home: string
  readonly #headers: Record<string, string>
  readonly #via: string | null
  readonly cookies = new Map<string, Cookie>()
  page: Page = { url: '', status: 0, headers: new Headers(), html: '' }

  /** `via`: the address to connect to instead of `home`, as a proxy that terminates TLS would. */
  constructor(home: string, headers: Record<string, string> = {}, via: string | null = null) {
    this.#home = new URL(home).origin
    this.#headers = headers
    this.#via = via
  }

  /** Another browser with the same cookies, as a thief would have. */
  copy(): Browser {
    const copy = new Browser(this.#home, this.#headers, this.#via)
    for (const [key, cookie] of this.cookies) copy.cookies.set(key, { ...cookie })
    return copy
  }

  /** The text of the first heading. */
  get heading(): string {
    return words(this.document.querySelector('h1')?.textContent)
  }

  /** All text of the page. */
  get text(): string {
    return words(this.document.querySelector('body')?.textContent)
  }

  get document(): HTMLElement {
    return parse(this.page.html)
  }

  /** The value of a field of the page. */
  field(name: string): string | undefined {
    return this.document.querySelector(`[name="${name}"]`)?.getAttribute('value')
  }

  async open(url: string, init: RequestInit = {}): Promise<this> {
    let address = new URL(url, this.page.url || this.#home).href
    let request = init
    for (let hop = 0; hop < MAX_REDIRECTS; hop++) {
      if (new URL(address).origin !== this.#home) {
        this.page = { url: address, status: 0, headers: new Headers(), html: '' }
        return this
      }
      const response = await this.fetch(address, request)
      this.page = { url: address, status: response.status, headers: response.headers, html: await response.text() }
      const redirected = response.status >= 300 && response.status <= 399 ? response.headers.get('location') : null
      const location = redirected ?? this.#refreshWithin()
      if (!location) return this
      address = new URL(location, address).href
      request = {}
    }
    throw new Error(`redirected too often, last to ${address}`)
  }

  /** One request with this browser's cookies; redirects are not followed. */
  async fetch(url: string, { headers, ...init }: RequestInit = {}): Promise<Response> {
    const address = new URL(url, this.page.url || this.#home)
    const target = this.#via ? new URL(address.pathname + address.search, this.#via) : address
    const response = await fetch(target, {
      ...init,
      redirect: 'manual',
      headers: {
        accept: 'text/html',
        ...this.#headers,
        cookie: this.#cookiesFor(address),
        ...Object.fromEntries(new Headers(headers)),
      },
    })
    for (const line of response.headers.getSetCookie()) this.#keep(line, address)
    return response
  }

  /** Whether the page has a form with this action, and this value in its field `method`. */
  has({ action, method }: { action: string; method: string }): boolean {
    const forms = this.document.querySelectorAll('form')
    return forms.some(form => form.getAttribute('action')?.endsWith(action) && methodOf(form) === method)
  }

  /** Submits the form of the page with these fields, or with this action, together with its hidden fields. */
  async submit(
    fields: Record<string, string> = {},
    { action, method, headers = {} }: { action?: string; method?: string; headers?: Record<string, string> } = {},
  ): Promise<this> {
    const names = Object.keys(fields)
    const forms = this.document.querySelectorAll('form')
    const elsewhere = this.document
      .querySelectorAll('button[formaction]')
      .find(button => action && button.getAttribute('formaction')?.endsWith(action))
    const form = forms.find(candidate =>
      elsewhere
        ? candidate.id === elsewhere.getAttribute('form')
        : action
          ? candidate.getAttribute('action')?.endsWith(action) && (!method || methodOf(candidate) === method)
          : names.every(name => this.#hasField(candidate, name)),
    )
    if (!form) throw new Error(`no form with ${names.join(', ') || action} on: ${this.text.slice(0, 300)}`)
    const data = new URLSearchParams()
    for (const input of form.querySelectorAll('input')) {
      const name = input.getAttribute('name')
      const unchecked = input.getAttribute('type') === 'checkbox' && !input.hasAttribute('checked')
      if (name && !unchecked) data.set(name, input.getAttribute('value') ?? '')
    }
    for (const [name, value] of Object.entries(fields)) data.set(name, value)
    return this.open((elsewhere?.getAttribute('formaction') ?? form.getAttribute('action')) || this.page.url, {
      method: 'POST',
      body: data,
      headers: { origin: this.#home, 'sec-fetch-site': 'same-origin', ...headers },
    })
  }

  /** Follows the link with this text. */
  async follow(label: string): Promise<this> {
    const link = this.document.querySelectorAll('a').find(candidate => words(candidate.textContent) === label)
    if (!link) throw new Error(`no link ${label} on: ${this.text.slice(0, 300)}`)
    return this.open(link.getAttribute('href') ?? '')
  }

  /** Follows the redirect of the page itself (meta refresh), also to another site. */
  async goOn(): Promise<this> {
    return this.open(this.#refreshTarget() ?? '')
  }

  /** The target of the page's own redirect if it is within the provider; one to another site is left to the test. */
  #refreshWithin(): string | null {
    const to = this.#refreshTarget()
    return to && new URL(to, this.page.url).origin === this.#home ? to : null
  }

  #refreshTarget(): string | null {
    return leadsTo(this.page.html)
  }

  #hasField(form: HTMLElement, name: string): boolean {
    return form.querySelector(`[name="${name}"]`) !== null
  }

  #cookiesFor({ pathname }: URL): string {
    const matching = [...this.cookies.values()].filter(
      ({ path }) => path === '/' || pathname === path || pathname.startsWith(`${path}/`),
    )
    return matching.map(({ name, value }) => `${name}=${value}`).join('; ')
  }

  #keep(line: string, { pathname }: URL): void {
    const [pair = '', ...attributes] = line.split(';').map(part => part.trim())
    const [name = '', value = ''] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]
    const attribute = (wanted: string) =>
      attributes.find(each => each.toLowerCase().startsWith(`${wanted}=`))?.slice(wanted.length + 1)
    const path = attribute('path') ?? pathname
    const expires = Date.parse(attribute('expires') ?? '') || Number.POSITIVE_INFINITY
    if (expires <= Date.now() || value === '') this.cookies.delete(`${path} ${name}`)
    else this.cookies.set(`${path} ${name}`, { name, value, path, expires })
  }
}

function methodOf(form: HTMLElement): string {
  return form.querySelector('[name="method"]')?.getAttribute('value') ?? 'post'
}

/** Where a page redirects by itself, without a click; null where it does not. */
export function leadsTo(html: string): string | null {
  const refresh = parse(html).querySelector('meta[http-equiv="refresh"]')?.getAttribute('content')
  return /^0; url=(.*)$/.exec(refresh ?? '')?.[1] ?? null
}

function words(text: string | undefined): string {
  return (text ?? '').replace(/\s+/g, ' ').trim()
}
