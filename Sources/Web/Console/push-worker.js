"use strict";
// Shows an alert while no page of the console is open.
self.addEventListener("push", (event) => {
  let notice = {};
  try { notice = event.data.json(); } catch { /* a message without words still says that there is something */ }
  event.waitUntil(self.registration.showNotification(notice.title || "Eagle", {
    body: notice.body || "",
    // A newer word on the same alarm takes the older one's place, and is heard.
    tag: notice.tag,
    renotify: Boolean(notice.tag),
    requireInteraction: notice.urgency === "CRITICAL",
    data: { link: notice.link || "/" },
  }));
});
// The browser has ended its subscription. Nobody is signed in here who could tell the server of another.
self.addEventListener("pushsubscriptionchange", (event) => {
  event.waitUntil(self.registration.showNotification("Eagle", {
    body: "This device takes no alerts any more. Open Eagle, and bring them here again under Notifications.",
    tag: "eagle-subscription",
    requireInteraction: true,
    data: { link: self.registration.scope },
  }));
});
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil((async () => {
    const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
    const given = new URL(event.notification.data.link, self.location.origin);
    const link = given.origin === self.location.origin ? given : new URL("/" + given.hash, self.location.origin);
    // Only the console knows what to do with it: other pages of this host are left as they are.
    const place = (url) => new URL(url).pathname.replace(/\/+$/, "");
    const page = pages.find((one) => place(one.url) === place(link));
    if (!page) return self.clients.openWindow(link.href);
    if (link.hash) page.postMessage({ link: link.hash });
    return page.focus();
  })());
});
