import { getServerSession } from 'next-auth/next'
import { options } from '../../options.js'

/** Signs out of Gatehouse, which returns to the page of NextAuth that signs out of the application. */
export default async function logout(request, response) {
  const { idToken } = await getServerSession(request, response, options)
  const parameters = new URLSearchParams({
    id_token_hint: idToken,
    post_logout_redirect_uri: `${process.env.NEXTAUTH_URL}/api/auth/signout`,
  })
  response.redirect(`${process.env.ISSUER}/session/end?${parameters}`)
}
