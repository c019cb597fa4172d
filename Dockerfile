FROM node:26-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev && npm cache clean --force

FROM node:26-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY . .
RUN ln -s /app/bin/gatehouse.js /usr/local/bin/gatehouse
# This user owns no file in the image, so a compromised process cannot change the program.
USER node
EXPOSE 3000
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s \
  CMD ["node", "deploy/healthcheck.js"]
# The process handles signals itself, and starts no other processes than its workers.
ENTRYPOINT ["gatehouse"]
CMD ["serve"]
