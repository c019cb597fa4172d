import express from 'express'

const app = express()

// Paste: The code of the application

app.get('/', (request, response) => {
  const { email, roles } = request.oidc.user
  response.json({ email, roles })
})

app.listen(process.env.PORT)
