import { clientId, issuer } from '/settings.js'

const users = new oidc.UserManager({
  authority: issuer,
  client_id: clientId,
  redirect_uri: `${location.origin}/callback`,
  popup_redirect_uri: `${location.origin}/popup`,
  silent_redirect_uri: `${location.origin}/silent`,
  post_logout_redirect_uri: `${location.origin}/`,
  scope: 'openid profile email roles',
  revokeTokensOnSignout: true,
})

const ways = {
  redirect: () => users.signinRedirect(),
  stay: () => users.signinRedirect({ scope: 'openid profile email roles offline_access' }),
  popup: () => users.signinPopup(),
  silent: () => users.signinSilent(),
  'sign-out': () => users.signoutRedirect(),
}
for (const [id, work] of Object.entries(ways))
  document.getElementById(id).addEventListener('click', () => work().then(show, failed))

if (location.search.includes('state=') && location.pathname !== '/')
  users
    .signinCallback()
    .then(show, failed)
    .then(() => history.replaceState(null, '', '/'))
else show()

async function show() {
  const user = await users.getUser()
  const { email, roles } = user?.profile ?? {}
  const known = { email, roles, accessToken: user?.access_token, refreshToken: user?.refresh_token }
  document.getElementById('known').textContent = JSON.stringify(known)
}

function failed(error) {
  document.getElementById('known').textContent = JSON.stringify({ error: String(error) })
}
