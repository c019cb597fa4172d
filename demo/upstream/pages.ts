import { type Html, html } from '../html.ts'
import { people, type UpstreamPerson } from './people.ts'

export function homePage({ person, gatehouse }: { person: UpstreamPerson | undefined; gatehouse: string }): string {
  return layout(
    'A stand-in for Google and other providers',
    html`<p class="lead">People sign in to <strong>Gatehouse</strong> with their account at this provider.</p>
<p>${signedIn(person)}</p>
<section aria-labelledby="try"><h2 id="try">How to try it</h2>
<ol>
<li>Open <a href="${gatehouse}">Gatehouse</a>, or its example application, and sign in.</li>
<li>There, choose <strong>Continue with Example Upstream</strong>.</li>
<li>Here, choose who you are: there are no passwords.</li>
</ol></section>`,
  )
}

function signedIn(person: UpstreamPerson | undefined): Html {
  if (person === undefined) return html`You are not signed in here.`
  return html`You are <strong>${person.name}</strong> here. <a href="/session/end">Sign out</a>`
}

/** `action`: where the choice is sent. */
export function choicePage({ action, gatehouse }: { action: string; gatehouse: string }): string {
  return layout(
    'Choose a person',
    html`<p class="lead">Gatehouse at <code>${gatehouse}</code> would like to know your name and email address.</p>
<form method="post" action="${action}">
<ul class="people">${people.map(
      person => html`<li><button class="button" name="person" value="${person.sub}">${person.name}</button>
<span>${person.email}${person.email_verified ? '' : ' (not verified)'}</span></li>`,
    )}</ul>
<p><button class="button quiet" name="cancel" value="yes">Cancel</button></p>
</form>`,
  )
}

interface SignOutView {
  action: string
  xsrf: string
  person: UpstreamPerson | undefined
}

export function signOutPage({ action, xsrf, person }: SignOutView): string {
  return layout(
    'Sign out of Example Upstream too?',
    html`<p class="lead">${person ? `You are ${person.name} here.` : undefined}</p>
<form method="post" action="${action}"><input type="hidden" name="xsrf" value="${xsrf}">
<button class="button" name="logout" value="yes">Sign out</button> <button class="button quiet">Stay signed in</button></form>`,
  )
}

export function signedOutPage(): string {
  return layout('You are signed out', html`<p><a class="button" href="/">Example Upstream</a></p>`)
}

export function errorPage(why: string | undefined): string {
  return layout(
    'This request cannot be completed',
    html`<p class="lead">Go back to where you came from and start again.</p>
${why && html`<details><summary>For the developer</summary><p>${why}</p></details>`}`,
  )
}

function layout(title: string, content: Html): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · Example Upstream</title>
<link rel="icon" href="/assets/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/assets/demo.css">
</head>
<body class="upstream">
<header><a href="/">Example Upstream</a> <span>an external provider</span></header>
<main>
<h1>${title}</h1>
${content}
</main>
</body>
</html>
`.toString()
}
