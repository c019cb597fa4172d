import type { Status } from 'gatehouse/resource-server/koa'
import { decodeJwt, decodeProtectedHeader, errors } from 'jose'
import { claimRows, shown, timeLeft } from './claims.ts'
import { type Html, html } from './html.ts'
import type { Notice } from './notices.ts'
import type { Person } from './person.ts'
import type { Problem } from './problems.ts'

export function welcomePage({ issuer }: { issuer: string }) {
  return layout(
    'An application that keeps no passwords',
    html`<p class="lead">It lets <strong>Gatehouse</strong> tell it who you are.</p>
<p><a class="button" href="/sign-in">Sign in with Gatehouse</a></p>
<section aria-labelledby="what"><h2 id="what">What will happen</h2>
<ol>
<li>You are sent to Gatehouse at <code>${issuer}</code>, where you sign in or register.</li>
<li>Gatehouse asks whether this application may know your name, email address and roles.</li>
<li>You come back here, and this page shows everything the application has received.</li>
</ol>
<p>Its code is an example: the whole application is in the folder <code>demo</code>, and how to connect your own is in <code>docs/integrate.md</code>.</p></section>`,
  )
}

interface PersonView {
  person: Person
  csrf: string
  notice: Notice | undefined
  issuer: string
  resource: string
  /** What the API knows about revoked tokens. */
  api: Status
  canRevoke: boolean
}

export function personPage({ person, csrf, notice, issuer, resource, api, canRevoke }: PersonView) {
  const { claims, userinfo } = person
  return layout(
    person.name,
    html`${person.email === undefined ? undefined : html`<p class="lead">${person.email}</p>`}
${notice && noticeBox(notice)}
<div class="actions">
${actionForm('/call-api', 'Call the API', csrf)}
${actionForm('/open-vault', 'Open the vault', csrf)}
${person.refreshToken === undefined ? undefined : actionForm('/refresh', 'Refresh tokens', csrf)}
${actionForm('/sign-out', 'Sign out', csrf, 'quiet')}
</div>
<section aria-labelledby="api"><h2 id="api">API</h2>
<p>It verifies access tokens by itself, and does not ask Gatehouse at each call. ${listOfRevoked(api)}</p>
<p>Its vault requires two factors and a sign-in within the last five minutes. If something is missing, you are asked for it.</p>
${canRevoke ? revocation(csrf) : undefined}</section>
<section aria-labelledby="id"><h2 id="id">ID token</h2>
<p>Who signed in, when and how, signed by <code>${issuer}</code> for this application only.</p>
${claimTable('Claims of the ID token', claims)}</section>
<section aria-labelledby="userinfo"><h2 id="userinfo">Userinfo</h2>
<p>The claims that the provider returns when asked later.</p>
${userinfo === undefined ? html`<p>Not requested: the demo needs a refresh token for that.</p>` : claimTable('Userinfo response', userinfo)}</section>
<section aria-labelledby="access"><h2 id="access">Access token</h2>
<p>The key to the API <code>${resource}</code>. ${person.revoked ? 'It was revoked.' : timeLeft(person.expiresAt)}</p>
${accessToken(person.accessToken)}</section>
<section aria-labelledby="refresh"><h2 id="refresh">Refresh token</h2>
<p>${refreshToken(person)}</p></section>`,
  )
}

export function errorPage({ problem, issuer }: { problem: Problem; issuer: string }) {
  const { title, text, developer } = problem
  return layout(
    title,
    html`<p class="lead">${text}</p>
<p><a class="button" href="/sign-in">Sign in with Gatehouse</a> <a class="button quiet" href="/">Back to the start</a></p>
${
  developer &&
  html`<details><summary>For the developer</summary>
<p><code>${developer.code}</code> ${developer.description}</p><p>The provider is <code>${issuer}</code>.</p></details>`
}`,
  )
}

function layout(title: string, content: Html): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · Example application</title>
<link rel="icon" href="/assets/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/assets/demo.css">
</head>
<body>
<header><a href="/">Example application</a> <span>signs people in through Gatehouse</span></header>
<main>
<h1>${title}</h1>
${content}
</main>
</body>
</html>
`.toString()
}

function noticeBox({ tone, title, text, detail, signInAgain }: Notice) {
  return html`<div class="notice ${tone}" role="status"><h2>${title}</h2>
${text === undefined ? undefined : html`<p>${text}</p>`}
${detail === undefined ? undefined : html`<pre>${detail}</pre>`}
${signInAgain ? html`<p><a class="button" href="/sign-in">Sign in again</a></p>` : undefined}</div>`
}

/** What `status()` says, in a sentence. */
function listOfRevoked({ state, since }: Status) {
  const time = shown(since)
  const sentences = {
    loading: html`It has been waiting for the list of revoked tokens since ${time}, and answers 503 until it has it.`,
    following: html`It has been following the list of revoked tokens since ${time}.`,
    behind: html`It has not been able to read the list of revoked tokens since ${time}, and uses what it knew until then.`,
    off: html`The provider publishes no list of revoked tokens, so the API accepts them until they expire.`,
  }
  return sentences[state]
}

function revocation(csrf: string) {
  return html`<p>Revoke the access token to see the API refuse it. The refresh token ends with it, so you will have to sign in again.</p>
${actionForm('/revoke', 'Revoke the access token', csrf, 'quiet')}`
}

function actionForm(action: string, label: string, csrf: string, look = '') {
  return html`<form method="post" action="${action}"><input type="hidden" name="csrf" value="${csrf}"><button class="button ${look}">${label}</button></form>`
}

function claimTable(caption: string, claims: object) {
  return html`<table><caption>${caption}</caption>
<thead><tr><th scope="col">Claim</th><th scope="col">Value</th><th scope="col">Meaning</th></tr></thead>
<tbody>${claimRows(claims).map(
    ({ name, value, meaning }) =>
      html`<tr><th scope="row"><code>${name}</code></th><td>${shown(value)}</td><td>${meaning}</td></tr>`,
  )}</tbody></table>`
}

function accessToken(token: string) {
  const decoded = decode(token)
  if (decoded === undefined) return html`<p>It is opaque: only the provider can read it.</p>`
  return html`<p>It is a JWT, decoded here only because this is an example: an application passes it on without reading it.</p>
<h3>Header</h3><pre>${JSON.stringify(decoded.header, null, 2)}</pre>
${claimTable('Claims of the access token', decoded.claims)}`
}

function decode(token: string) {
  try {
    return { header: decodeProtectedHeader(token), claims: decodeJwt(token) }
  } catch (error) {
    if (error instanceof TypeError || error instanceof errors.JOSEError) return undefined
    throw error
  }
}

function refreshToken({ refreshToken, renewals, revoked }: Person) {
  if (revoked) return 'It was revoked together with the access token.'
  if (refreshToken === undefined) return 'There is none: when the access token expires, you sign in again.'
  const times = ['not yet', 'once', 'twice'][renewals] ?? `${renewals} times`
  return `There is one. It stays on the server and is never shown. Used from this page: ${times}.`
}
