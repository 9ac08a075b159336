# English: the language that has every text. Another language is a copy of this file under its tag, with the texts
# translated and the names in braces kept.

language-name = English
# ltr: from left to right; rtl: from right to left.
language-direction = ltr

## Times

weekday = { $weekday ->
    [1] Monday
    [2] Tuesday
    [3] Wednesday
    [4] Thursday
    [5] Friday
    [6] Saturday
   *[7] Sunday
}
month = { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
}
date = { weekday }, { $day } { month } { $year }
time = { $date }, { $clock } ({ $zone })
span = { $date }, { $clock }–{ $end } ({ $zone })
span-days = { $date }, { $clock } – { $end-date }, { $end } ({ $zone })

## Mails

hello = Hello { $name },
hello-nobody = Hello,
not-you = If this was not you, you need not do anything.
sender = Sent by the sign-up page { $url }

## About a registration

event = Event
when = When
where = Where
role = Role
spots = Places
status = Status
contact = Contact
status-confirmed = you have a place
status-held = kept for you until you confirm
status-waitlisted = on the waitlist
status-declined = you declined
status-cancelled = cancelled
status-removed = removed by the organizer
# In the place of a name.
person-erased = Erased person
verify-subject = Please confirm: { $event }
verify-held = Somebody, most likely you, signed up with this address. Your place is kept until { $until }. Please confirm it by then; after that it goes to somebody else.
verify-waitlisted = Somebody, most likely you, asked for a place with this address. You are on the waitlist. Please confirm by { $until } that you want to stay there.
verify-link = Confirm
already_signed_up-subject = You are signed up already: { $event }
already_signed_up-what = Somebody, most likely you, signed up with this address once more. Nothing was changed. This is your sign-up:
manage-link = See, change or cancel
resend_link-subject = Your sign-up: { $event }
resend_link-what = Here is the link to your sign-up once more. Whoever has it can change or cancel it, so keep it to yourself.
my_sign_ups-subject = Your sign-ups
my_sign_ups-what = Somebody, most likely you, asked for the sign-ups of this address. Whoever has one of these links can change or cancel that sign-up, so keep them to yourself.

## About an account

confirm_account-subject = Please confirm your address
confirm_account-what = Somebody, most likely you, made an account with this address. Please confirm it by { $until }.
confirm_account-link = Confirm the address
account_exists-subject = You have an account already
account_exists-what = Somebody, most likely you, tried to make an account with this address, but there is one already. Log in with it. If you forgot the password, choose a new one.
account_exists-link = Choose a new password
reset_password-subject = A new password
reset_password-what = Somebody, most likely you, asked to choose a new password for the account with this address. The link works once, until { $until }.
reset_password-link = Choose a new password
invitation-subject = Invitation: { $organization }
invitation-what = You are invited to help with the events of { $organization }. The link works once, until { $until }.
invitation-link = Accept the invitation
change_address-subject = Please confirm your new address
change_address-what = Somebody, most likely you, wants to use this address for their account from now on. Please confirm it by { $until }.
change_address-link = Confirm the address
address_changed-subject = Your account has another address now
address_changed-what = From now on your account uses another e-mail address, and no longer this one. If this was not you, tell the organizer at once.
password_changed-subject = Your password was changed
password_changed-what = The password of your account was changed, and everybody who was logged in with it was logged out. If this was not you, choose a new password at once, and tell the organizer.

## Every page

skip-to-content = Skip to the content
site-name = Sign-up
languages = Language
log-in = Log in
log-out = Log out
find-link = Find my sign-ups
all-events = All events
console-link = Organize
my-link = My calls
made-with = Runs on headcount, which never overbooks
optional = optional
mail_test-subject = headcount can send mail
mail_test-what = This is a test. Nothing is to be done.

## The list of events

home-title = Events
home-search = Search
home-search-button = Search
home-from = From
home-empty-title = No events here yet
home-empty = When an event is published, it appears here. If you were sent a link to an event, use that.
home-none-found = Nothing found. Try fewer words or another day.
home-more = More events
home-no-date = Date to be announced

## The page of an event

event-about = About
event-places = Places
event-choose-role = What would you like to do?
event-when = When
event-where = Where
event-contact = Questions
event-time-yours = For you: { $time }
event-full = Full
event-closed = Sign-up is closed
event-cancelled = This event is cancelled
event-draft = Draft: only you and others who organize it see this page
event-opens = Sign-up opens { $time }
event-opens-in = Opens in { $left }
event-not-open-yet = Sign-up is not open yet
event-closes = Sign-up closes { $time }
event-retention = { $days ->
    [1] Your name and contact details are deleted a day after the event.
   *[other] Your name and contact details are deleted { $days } days after the event.
}
role-closed = Closed
role-taken = { $taken } of { $capacity } taken
role-taken-unlimited = { $taken ->
    [0] nobody yet
    [one] { $taken } taken
   *[other] { $taken } taken
}
role-open = { $open ->
    [0] full
    [one] 1 place free
   *[other] { $open } places free
}
role-unlimited = open to everybody
role-waiting = { $waiting ->
    [0] nobody waits
    [one] 1 party waits
   *[other] { $waiting } parties wait
}
role-kept = free places are kept for those who wait
role-needs = { $needs ->
    [one] needs 1 more
   *[other] needs { $needs } more
}
event-total = { $taken } of { $capacity } places in all are taken

## The form

form-title = Sign up
form-name = Name
form-email = E-mail
form-email-hint = Your confirmation and the link to change or cancel go there.
form-email-hint-no-mail = By it the organizer knows you again. This server sends no mail.
form-phone = Phone
form-spots = How many are you?
form-spots-hint = Up to { $max }, you included.
form-more = Anything else?
form-notes = Note to the organizer
form-special = Special requirements
form-special-hint = For instance access, diet or allergies. Only those who need to know see it.
form-button = Sign up
form-button-wait = Join the waitlist
form-button-again = Try again
form-button-member = Sign me up
form-as = You sign up as { $name }.
form-full-wait = All places are taken. You can join the waitlist; whoever waits gets places as they come free.
form-full-off = All places are taken, and there is no waitlist. If somebody cancels, the place goes to whoever asks next.
form-look-again = Look again
form-other-roles = Other roles still have places: { $roles }.
form-early = You can fill this in now. The button works as soon as sign-up opens.
form-verify-note = We send a mail to this address. Your sign-up counts when you press the button in it.
form-correct = Please correct what is marked.
form-repeat = It is not known whether this arrived. Press the button once more: you are signed up at most once.
form-full-kept = The free places are kept for those who wait already.
form-full-close = That was close: all places were taken at { $since }, and you asked at { $asked }.
form-full-since = All places are taken, and have been since { $since }. You asked at { $asked }.
form-take-now = Take { $open } now
form-wait-for-all = Wait for { $spots } together
form-fits-less = { $open ->
    [one] There is only 1 place left, and you are { $spots }.
   *[other] There are only { $open } places left, and you are { $spots }.
}
embed-done = Your sign-up has arrived. Its page says whether you have a place or wait, and lets you change or cancel.
embed-open = Open my sign-up

## The page after sign-up by mail

mail-title = Look at your mail
mail-what = We have sent a mail to { $email }. Press the button in it by { $until }; until then your wish is kept.
mail-what-not = Nothing came? Look into the spam folder, or sign up once more.

## One's own sign-up

manage-new-confirmed = You are in!
manage-new-waitlisted = You are on the waitlist
manage-confirmed = You have a place
manage-held = Please confirm
manage-waitlisted = You are waiting
manage-cancelled = You have cancelled
manage-removed = The organizer has removed you
manage-declined = You have declined
manage-event-cancelled = The event is cancelled
manage-event-cancelled-what = It does not take place. You need not do anything.
manage-next-confirmed = Nothing more to do. Keep this page: with its link you can change or cancel. The same link is in your mail.
manage-next-confirmed-no-mail = Nothing more to do. Keep the link of this page, for instance as a bookmark: with it you can change or cancel.
manage-next-waitlisted = When a place comes free and it is your turn, it is yours. You need not look again.
manage-position = { $position ->
    [1] You are next in line for { $role }.
    [2] One party is before you in line for { $role }.
   *[other] { $before } parties are before you in line for { $role }.
}
manage-needs = { $needs ->
    [1] You need 1 place
   *[other] Your party needs { $needs } places
}
manage-why-role_full = { $free ->
    [0] { $needs }; { $role } is full.
   *[other] { $needs }; { $free } are free.
}
manage-why-event_full = { $free ->
    [0] { $needs }; the whole event is full.
   *[other] { $needs }; the whole event has { $free } free.
}
manage-why-others_first = { $needs }; the free places are kept for parties that came before.
manage-why-not_automatic = Free places are no longer given out by themselves. Ask the organizer.
manage-you = Your sign-up
manage-party = { $spots ->
    [1] 1 person
   *[other] { $spots } people
}
manage-calendar = Add to calendar
manage-qr = Show this at the door
manage-change = Change
manage-contact-title = Your details
manage-contact-button = Save
manage-contact-done = Saved.
manage-resize-title = How many are you?
manage-resize-button = Change
manage-resize-done = Changed.
manage-move-title = Another role
manage-move-hint = You keep your place until the new one is yours.
manage-move-same = You have this role already.
manage-move-button = Change
manage-move-done = Changed.
manage-cancel-until = You can cancel until { $until }.
manage-cancel-any = You can cancel at any time.
manage-cancel-over = It is too late to cancel here. Ask the organizer.
manage-cancel-ask = Really cancel? Your place goes to the next in line.
manage-cancel-button = Cancel my sign-up
manage-cancel-sure = Yes, cancel
manage-cancel-keep = No, keep it
manage-cancel-done = Cancelled. Your place is free for others.
manage-again = Sign up again
download-data = Download my data
confirm-until = Please confirm until { $until } that you signed up. After that your place goes to somebody else.
confirm-until-waiting = Please confirm until { $until } that you want to wait. After that you are no longer on the waitlist.
confirm-button = Confirm
confirm-done = Confirmed.

## Finding one's sign-ups

find-title = Find my sign-ups
find-what = We send all your links to your address.
find-button = Send
find-done = If there are sign-ups with { $email }, a mail with their links is on its way.

## Logging in

login-title = Log in
login-what = For those who organize, and for staff. To sign up for an event you need no account.
login-email = E-mail
login-password = Password
login-button = Log in
login-forgot = Forgot the password?
login-register = Make an account
forgot-title = A new password
forgot-what = We send a link to your address.
forgot-button = Send
forgot-done = If there is an account with { $email }, a mail is on its way.
forgot-no-mail = This server sends no mail. Ask an owner of the organization for a link with which you set a new password.
register-title = Make an account
register-button = Make it
register-done-title = Nearly done
register-done = We have sent a mail to { $email }. Follow the link in it.
register-made = Your account is made. Log in with it.

## Pages of links

link-done = Done
link-password = A new password
link-password-hint = At least 10 characters; not your name or address.
link-setup-title = Set up headcount
link-setup-about = Nobody owns this server yet. Make the account that does.
link-setup-button = Make the first account
link-setup-done = You own this server. Log in with your address and your password.
link-invitation-title = You are invited
link-invitation-about = { $organization } invites { $email }.
link-invitation-button = Accept
link-invitation-done = You belong to the organization. Log in with your address and your password.
link-confirm_account-title = Confirm your account
link-confirm_account-about = Somebody wants an account with { $email }. Was it you? Then confirm it.
link-confirm_account-button = Confirm
link-confirm_account-done = Your account can be used. Log in with your address and your password.
link-reset_password-title = Set a new password
link-reset_password-about = For the account of { $email }. You will be logged out everywhere.
link-reset_password-button = Set it
link-reset_password-done = Your password is set, and all sessions and tokens have ended. Log in with it.
link-change_address-title = Confirm your new address
link-change_address-about = From now on, your account is to have the address { $email }.
link-change_address-button = Confirm
link-change_address-done = Your account has the new address, and all sessions and tokens have ended. Log in with it.
no-link-title = This link leads nowhere
no-link = It may be incomplete, or a newer one was sent. Look at the latest message, or sign up again.

## When something is wrong

problem-title-not_found = There is nothing here
problem-title-other = This did not work
problem-not_found = Check the address. The event may have been removed or its page renamed.
problem-unauthenticated = Please log in first.
problem-forbidden = You may not do this. Ask an owner of the organization for the right.
problem-busy = Too many people are asking at this moment, and nothing was changed. Please try again.
problem-storage_unavailable = The server cannot do this at the moment. Please try again in a moment.
problem-internal = Something is wrong with the server, and nothing was changed. Tell the organizer if it happens again.
problem-rate_limited = That was a little too often. Please wait a minute and try again.
problem-role_full = { $role } is full.
problem-event_full = The whole event is full.
problem-waitlist_full = The waitlist is full too.
problem-already_registered = You are signed up already. The link to your sign-up is in your mail.
problem-too_many_roles = You are signed up for this event already, and it takes no more at once.
problem-too_many_spots = That is too many: { $max } at most.
problem-not_open_yet = Sign-up is not open yet.
problem-registration_closed = Sign-up is closed.
problem-too_late = It is too late to do this here. Ask the organizer.
problem-not_active = This sign-up is over already.
problem-wrong_login = The address or the password is not right.
problem-already_checked_in = Somebody of your party is in already. Ask at the door.
problem-no_mail = This server sends no mail. Ask the organizer for your link.
problem-field-name = Please give your name.
problem-field-email = Please give an e-mail address, such as ann@example.org.
problem-field-phone = Please give a phone number with its country code, such as +972 54 234 5678.
problem-field-spots = Please give a number from 1 on.
problem-field-role = Please choose one.
problem-field-password = Please choose one of 10 to 200 characters that is not your name or address.
problem-link_used = This link was used already. Log in, or ask for a new one.

## Mails about an event

mail-confirmed-subject = You have a place: { $event }
mail-confirmed-what = You are signed up and have a place. If you cannot come any more, please cancel, so that others can.
mail-waitlisted-subject = You are on the waitlist: { $event }
mail-waitlisted-what = All places are taken at the moment. You are number { $position } on the waitlist. As soon as there is a place for you, we write to you.
mail-promoted-subject = There is a place for you: { $event }
mail-promoted-what = A place has become free, and it is yours now. If you cannot come any more, please cancel, so that others can.
mail-moved-subject = Your role has changed: { $event }
mail-moved-what = You are signed up for another role now: { $role }.
mail-resized-subject = Your sign-up has changed: { $event }
mail-resized-what =
    { $spots ->
        [one] Your sign-up is for one place now.
       *[other] Your sign-up is for { $spots } places now.
    }
mail-demoted-subject = You are on the waitlist again: { $event }
mail-demoted-what = The organizer had to put you back on the waitlist. You keep your turn: as soon as there is a place for you, we write to you.
mail-expired-subject = Your place went to others: { $event }
mail-expired-what = The sign-up with this address was not confirmed in time, so it has ended. If you want to come, please sign up again.
mail-cancelled-subject = Your sign-up is cancelled: { $event }
mail-cancelled-what = Your sign-up is cancelled. If you want to come after all, please sign up again.
mail-removed-subject = You are not signed up any more: { $event }
mail-removed-what = The organizer has removed your sign-up. If you think that this is a mistake, please ask the organizer.
mail-removed_because-subject = You are not signed up any more: { $event }
mail-removed_because-what = The organizer has removed your sign-up, and writes to you:
mail-event_changed-subject = Changed: { $event }
mail-event_changed-what = The organizer has changed the time or the place. This is how it is now. If you cannot come any more, please cancel, so that others can.
mail-event_cancelled-subject = Does not take place: { $event }
mail-event_cancelled-what = We are sorry: this event does not take place. You need not do anything.
mail-reminder-subject = Soon: { $event }
mail-reminder-what = It begins soon, and you have a place. If you cannot come any more, please cancel, so that others can.
mail-called-subject = Can you help? { $event }
mail-called-what = Your team is needed. Please say whether you come.
mail-event-link = See the event
mail-answer-link = Say yes or no

## Staff: my calls

my-title = My calls
my-accept = Accept
my-accept-after-all = Accept after all
my-wait = Join the waitlist
my-decline = Decline
my-give-back = Give my place back
my-stop-waiting = Stop waiting
my-decline-all = Decline the whole event
my-accepted = You have accepted
my-already = You have answered this already. What you see here is how it stands.
my-waiting = { $before ->
    [0] You wait: next in line
    [one] You wait: 1 party before you
   *[other] You wait: { $before } parties before you
}
my-waiting-somewhere = You wait
my-declined = You have declined
my-removed = The organizer has removed you
my-now-accepted = Thank you, you have the place.
my-now-waiting = You are on the waitlist. When a place comes free and it is your turn, it is yours.
my-now-declined = Noted: you do not come for this. You can still change your mind.
my-declined-all = Noted: you do not come to this event. You can still change your mind.
my-too-many-roles = You have accepted another role of this event, and it takes no more at once. Give that place back first.
my-full = Full, and there is no waitlist.
my-beside-accepted = At the same time as { $other }, which you have accepted.
my-beside-waiting = At the same time as { $other }, for which you wait.
my-overlaps = You have accepted or wait for things at the same time:
my-untold-end = No end is given; 2 hours are assumed.
my-lost = There was no answer. Press once more: it counts only once.
my-empty-title = Nobody is calling you
my-empty = When one of your teams is needed for an event, it appears here, and you accept or decline with one tap.
my-empty-no-team = You are in no team yet. An organizer adds you to one; then the events that need it appear here.
my-past = { $count ->
    [one] 1 event is over
   *[other] { $count } events are over
}
problem-already_declined = You have declined this already.

## The console: events and the roster

console-title = My events
console-new = New event
console-organization = People, teams and webhooks
console-organization-of = People, teams and webhooks of { $name }
console-when = When
console-coming = Coming
console-past = Past
console-older = Older ones
console-more-than-shown = There are more than are shown here. Search for what you miss.
console-none-found = Nothing found. Try fewer words.
console-none-past = Nothing in this year.
console-empty-title = No events yet
console-empty = An event needs a title, and how many can come. It stays a draft that only organizers see until you publish it.
console-empty-button = Make your first event
console-roster = Who comes
console-page = Event page
console-edit = Edit
console-copy = Copy
console-export = Download (CSV)
console-import = Read in a list
console-add = Add somebody
console-tools = More
console-draft = Draft
console-cancelled = Called off
console-open = Sign-up is open
console-back = Back
console-undo = Undo
console-step-publish = Publish
console-step-close = Close sign-up
console-step-call-off = Call the event off
console-step-delete = Delete the draft
console-ask-call-off = Call off { $event }?
console-ask-delete = Delete { $event }?
console-call-off-what = { $people ->
    [0] Nobody has signed up. Its page will say that the event is cancelled.
   *[other] Its page will say that the event is cancelled, and nobody gets a place any more. { $taken ->
        [one] 1 place is taken
       *[other] { $taken } places are taken
    }{ $waiting ->
        [0] .
        [one] , and 1 party waits.
       *[other] , and { $waiting } parties wait.
    }
}
console-delete-what = It is gone for good. Only a draft that nobody has signed up for can be deleted.
console-done-saved = Saved.
console-done-created = The event is made. It is a draft: only organizers see it until you publish it.
console-done-published = Published. Everybody who may see the page can sign up when sign-up is open.
console-done-closed = Sign-up is closed.
console-done-called-off = The event is called off.
console-done-add = { $name } was added to { $role }.
console-done-cancel = The sign-up of { $name } was cancelled.
console-done-remove = { $name } was removed.
console-done-reinstate = { $name } is back in { $role }.
console-done-promote = { $name } has a place in { $role }.
console-done-demote = { $name } is back on the waitlist of { $role }.
console-done-move = { $name } was moved to { $role }.
console-done-swap = { $name } has swapped and is in { $role } now.
console-done-resize = { $name } has { $spots ->
    [one] 1 place
   *[other] { $spots } places
} now.
console-done-check-in = { $name } is checked in.
console-done-undo-check-in = The check-in of { $name } was taken back.
console-done-confirm = { $name } counts as confirmed.
console-done-change-email = { $name } has another e-mail address now. The old link has ended.
console-done-send-link = The link of { $name } is on its way by mail.
console-done-details = The details of { $name } were saved.
console-done-decline = { $name } has declined.
console-done-waits = All is full there: they wait.
console-did-up = { $count ->
    [one] Got a place from the waitlist:
   *[other] { $count } got a place from the waitlist:
}
console-did-down = { $count ->
    [one] Lost the place and waits again:
   *[other] { $count } lost their places and wait again:
}
console-would-nobody = Nobody else moves.
console-would-up = { $count ->
    [one] Would get a place from the waitlist:
   *[other] { $count } would get a place from the waitlist:
}
console-would-down = { $count ->
    [one] Would lose the place and wait again:
   *[other] { $count } would lose their places and wait again:
}
console-and-more = and { $count } more
console-tell = Tell those it concerns by e-mail
console-tell-hint = It is sent half a minute later. Until then you can undo this, or hold the mail back.
console-tell-none = This server sends no mail: tell those it concerns yourself.
console-mail-waits = { $count ->
    [one] 1 e-mail about this will be sent in { $seconds } s.
   *[other] { $count } e-mails about this will be sent in { $seconds } s.
}
console-mail-waits-many = All those it concerns will be told by e-mail in { $seconds } s.
console-mail-undo = If you undo it before, whoever is back where they were is not written to.
console-mail-hold = Send no mail
console-mail-gone = The mail is on its way.
console-done-unsent = No mail is sent about that.
console-done-sent-already = The mail, or part of it, had been sent already.
console-ask-cancel = Cancel the sign-up of { $name }?
console-ask-remove = Remove { $name }?
console-ask-reinstate = Bring { $name } back?
console-ask-promote = Give { $name } a place?
console-ask-demote = Send { $name } back to the waitlist?
console-ask-move = Move { $name }?
console-ask-swap = Let { $name } and { $with } swap roles?
console-ask-resize = Change how many places { $name } has?
console-then-confirmed = { $name } would have { $spots ->
    [one] a place
   *[other] { $spots } places
} in { $role }.
console-then-kept = { $name } would keep the place: nobody who waits could use it.
console-then-held = A place in { $role } would be kept for { $name } until they confirm.
console-then-waitlisted = { $name } would wait for { $spots ->
    [one] a place
   *[other] { $spots } places
} in { $role }.
console-then-swapped = { $name } would be in { $role }, and { $with } in { $with-role }.
console-then-ended = { $name } would no longer be in { $role }, and places taken would be free.
console-beyond-title = No room for { $name }
console-beyond = You can give the place all the same. Then more people come than the event was made for, until somebody leaves. The reason is kept in the history.
console-beyond-reason = Why
console-beyond-reason-needed = Please say why.
console-beyond-button = Give the place all the same
console-do-cancel = Cancel the sign-up
console-do-confirm = Confirm for them
console-do-demote = Send back to the waitlist
console-do-reinstate = Bring back
console-do-remove = Remove
console-do-move = Move to another role
console-do-resize = Change the number of places
console-do-swap = Swap roles with somebody
console-do-promote = Give a place
console-do-check-in = Check in
console-do-undo-check-in = Undo check-in
console-do-change-email = Change the e-mail address
console-do-send-link = Mail the link
console-do-details = Change the details
console-can-do = What you can do
console-signed-up = Signed up
console-staff-note = Internal note
console-their-note = Their note
console-came = Here
console-came-some = { $came } of { $spots } here
console-came-all = { $spots ->
    [1] here
   *[other] all { $spots } here
}
console-to-role = To which role
console-reason = Why
console-reason-hint = Kept in the history.
console-email-hint = Whoever reads this address gets the sign-up. The old link ends.
console-own-link = Their link
console-link-copy = Link to the sign-up
console-link-copied = Copied
console-link-hint = Whoever has it can change or cancel this sign-up. Give it to them only.
console-position = no. { $position }
console-status-active = has a place or waits
console-status-all = everybody
console-status-confirmed = has a place
console-status-held = to be confirmed
console-status-waitlisted = waits
console-status-declined = declined
console-status-cancelled = cancelled
console-status-removed = removed
console-every-role = Every role
console-search = Name, e-mail or phone
console-filter = Show
console-select = Select
console-select-one = Select { $name }
console-notes = Notes
console-nobody-found = Nobody found. Try another word, or show everybody.
console-nobody-title = Nobody has signed up yet
console-nobody = Send people the link of the event's page. Here you see at once who signs up.
console-nobody-draft = Publish the event, and send people the link of its page. You can add people by hand at any time.
console-nobody-here = Nobody here.
console-more-people = More
console-news = { $count ->
    [one] 1 new answer
   *[other] { $count } new answers
}
console-news-show = Show
console-swap-choose = With whom shall { $name } swap roles?
console-swap-this = Swap
console-several = With all who are selected
console-several-what = What to do
console-several-button = Go on
console-several-ask = { $count ->
    [0] This is possible for nobody you selected.
    [one] This would be done for one of them.
   *[other] This would be done for { $count } of them.
}
console-several-each = One after the other: what the first one frees, the next one may get.
console-several-done = Done for { $count } of { $all }.
console-several-one-done = done
console-outcome = Outcome
console-possible = yes
console-not-possible = no
console-others-move = { $count ->
    [one] 1 other moves
   *[other] { $count } others move
}
console-to-roster = To the list
console-add-what = For somebody who called, or has no e-mail. They get in if there is room, and wait otherwise.
console-add-draft = The event is still a draft. People you add are in all the same.
console-add-email-hint = Without it they cannot be sent their link.
console-add-button = Add
console-save = Save
console-make-draft = Make it, as a draft
console-make-published = Make and publish it
console-meanwhile = Somebody else changed this event meanwhile. Nothing of yours is saved yet. Where it differs, you see below each field what is saved now. Save once more to keep what you typed.
console-saved-now = Saved now: { $value }
console-field-organization = Organization
console-field-title = Title
console-field-description = Description
console-field-description-hint = Markdown: **bold**, lists with a dash, [text](https://…) for a link.
console-field-contact = Whom to ask
console-field-contact-hint = An e-mail address, or a name and a number.
console-field-slug = Name in the address
console-field-slug-hint = Small letters, digits and hyphens, such as summer-fair. Leave it empty to have one made.
console-field-timezone = Time zone
console-field-timezone-hint = All times here are what the clock shows there, such as Europe/Berlin.
console-field-starts = Starts
console-field-ends = Ends
console-field-opens = Sign-up opens
console-field-closes = Sign-up closes
console-field-opens-hint = Empty: sign-up is open as soon as the event is published, and until it is closed.
console-field-capacity = Places over all roles
console-field-capacity-hint = Only if that is less than the places of the roles together. Empty: no limit of its own.
console-roles = Roles and places
console-roles-hint = What people sign up for: Cook, Server, or only Participant. With none of them, everybody signs up for the event as Participant.
console-more-roles = More roles
console-role-name = Role
console-role-capacity = Places
console-role-capacity-hint = Empty: no limit.
console-role-more = Times and more
console-role-min = At least needed
console-role-min-hint = The page says how many are lacking.
console-role-closed = Closed: nobody new can sign up for this role
console-role-drop = Remove this role (only if nobody ever signed up for it)
console-rare-waiting = When it is full
console-rare-people = What people may do
console-rare-who = Who sees it
console-policy = When all places are taken
console-policy-strict = People wait, and get places strictly in order
console-policy-strict-example = One place comes free. A family of 3 is first, a single person second: the place is kept until 3 are free for the family.
console-policy-fill = People wait, and a small party may fill a gap
console-policy-fill-example = One place comes free. A family of 3 is first, a single person second: the single person gets it. Passed over a few times, the family comes first.
console-policy-off = Nobody waits
console-policy-off-example = Who comes too late is told that it is full, and may try again.
console-max-skips = How often the first in line may be passed over
console-max-skips-hint = Counts only where small parties may fill gaps.
console-limit = How many parties may wait
console-limit-hint = Empty: any number.
console-promote-until = Free places are given out by themselves until
console-promote-until-hint = Empty: until the start. After that only you give places.
console-max-spots = Largest party
console-max-spots-hint = How many people one sign-up may bring.
console-roles-per-person = Roles that one person may have at once
console-one-per = One sign-up for each
console-one-per-email = e-mail address
console-one-per-name = e-mail address and name
console-one-per-name-example = For families that share one address.
console-phone = Phone number
console-phone-hidden = is not asked for
console-phone-optional = can be given
console-phone-required = must be given
console-verify = Minutes to confirm by mail
console-verify-hint = Who does not press the button in the mail in time loses the place. Empty: nobody has to.
console-retention = Days after the event until names and contact details are deleted
console-retention-hint = Of everybody who signed up; it cannot be undone. How many came stays. If that day is over already, it happens within the hour. Empty: nothing is deleted by itself.
console-cancel-until = People can cancel until
console-cancel-until-hint = Empty: until the start. You can always cancel for them.
console-self-move = People may change their role themselves
console-visibility = The event is seen by
console-visibility-public = everybody; it stands in the list of events
console-visibility-unlisted = whoever has the link
console-visibility-team = the teams chosen below
console-teams = Teams
console-preview-title = This moves people
console-preview-button = Save
console-preview-back = Back to the form
console-below = More places are taken than there would be.
console-below-choose = What becomes of those who are too many?
console-below-keep = They keep their places
console-below-keep-what = Nobody new gets in until enough have left.
console-below-latest = The latest wait again
console-below-latest-what = Those who got their places last go back to the waitlist, in their old order.
console-time-unreadable = Please give a day and a time, such as 2027-07-03 19:00.
console-time-skipped = This time does not exist: the clock is put forward in that night and jumps over it. Choose a time an hour later.
console-time-twice = This time comes twice: the clock is put back in that night. Choose a time before or after that hour.
console-wrong-title = Please give a title.
console-wrong-name = Please give the role a name.
console-wrong-slug = Please use small letters a–z, digits, and single hyphens between them.
console-wrong-timezone = Please choose a time zone from the list, such as Europe/Berlin.
console-wrong-capacity = Please give a whole number, or leave it empty for no limit.
console-wrong-max_spots = Please give a whole number from 1 to 1000.
console-wrong-ends_at = The end must come after the start.
console-wrong-closes_at = Sign-up must close after it opens.
console-phone-region = Country of phone numbers
console-phone-region-hint = Two letters, such as DE or IL: then numbers without a country code are read as from there.
console-wrong-phone_region = Please give two letters, such as DE or IL.
console-done-kept = { $name } keeps the place: nobody who waits could use it.
console-line = Line
console-import-what = A table saved as CSV (UTF-8), or copied from one. The first line names the columns; only the name is needed. Nothing is taken before you have seen what would become of each line.
console-import-file = File
console-import-text = Or paste the lines here
console-import-role = Role of lines that name none
console-import-try = See what would happen
console-import-ask = { $count } of { $all } lines can be taken.
console-import-each = Each line was tried by itself. The first ones get the places, so later ones may have to wait.
console-import-unread = These columns are not read:
console-import-button = { $count ->
    [one] Take 1 line
   *[other] Take { $count } lines
}
console-import-done = { $count } of { $all } lines were taken.
console-import-in = has a place
console-import-waits = waits
console-import-would-be-in = would have a place
console-import-would-wait = would wait
console-import-empty = There is nothing to read. Choose a file, or paste the lines.
console-import-no-text = This file cannot be read. Save it as CSV in UTF-8, and choose it again.
console-import-no-name = No column is called “name”. The first line must name the columns, as in the example.
console-import-column-twice = Two columns have the same name. Rename or remove one of them.
console-import-too-long = That is too much at once: { $max } lines at most. Divide the list.
console-import-cells = More cells than there are columns. A text with a comma must stand in quotes.
console-import-twice = The same person stands in a line above.
console-import-ended = Cancelled, declined or removed in this list, so it is left out.
console-import-no-role = There is no role { $role }.
console-came-none = nobody yet
console-problem-not_confirmed = Only somebody who has a place can do this.
problem-not_waitlisted = Only somebody who waits can be given a place.
problem-still_active = This sign-up has not ended, so there is nothing to bring back.
problem-no_room = { $free ->
    [0] No place is free.
    [one] Only 1 place is free, which is too few.
   *[other] Only { $free } places are free, which is too few.
}
problem-no_address = There is no e-mail address to send it to. Give them one, or hand them the link.
problem-slug_taken = Another event has this name in its address. Choose another.
problem-role_exists = The event has a role { $role } already. Choose another name.
problem-role_not_empty = Somebody signed up for this role, if only in the past. Close it instead.
problem-last_role = An event needs at least one role. Add another one first.
problem-event_not_empty = Somebody has signed up, so this is not possible any more. Close the event or call it off instead.
problem-capacity_below_reserved = { $reserved } places are taken, which is more than there would be.
problem-revision_mismatch = Somebody else changed this event meanwhile. Look at it once more, then try again.
console-print = Whole list, to print
console-not-organizing = You do not organize any events yet. Ask an owner of your organization for the right, or for an invitation.
console-problem-already_registered = This person is signed up for this event already.
console-problem-too_many_roles = This person is signed up for another role already, and the event allows no more at once.
console-problem-already_checked_in = More of the party are in than would be left, or all are in already. Undo a check-in first.
console-problem-not_active = This sign-up has ended. Bring it back first.
console-problem-no_mail = This server sends no mail. Copy the link, and hand it on yourself.
console-problem-waitlist_full = All places are taken, and so is the waitlist.
console-problem-forbidden = You may not do this. Ask an owner of the organization for the right. Who manages the events of chosen teams must choose one of these teams.
doors-title = Door
doors-self = You can stand at the door yourself: find people, let them in, and see how many are here.
doors-open = Open the door
doors-links = Door links
doors-what = For those who let people in and have no account. Whoever opens the link on their phone sees who comes, checks them in, and can do nothing else.
doors-until = Works until { $until }.
doors-name = Who will hold it, or where?
doors-name-hint = So that you know later whose link it is.
doors-expires = Last day
doors-expires-wrong = Please choose a day from today on, at most 60 days ahead.
doors-make = Make a door link
doors-link = Send this link to whoever stands at the door
doors-end = End this link
doors-ended = The link has ended. It lets nobody in any more.
console-person-name = Please give a name.
console-person-role = Please choose a role.

## The console: history and the report of an opening

history-title = History
history-hint = Everything that was ever changed about this event, the newest first. Each change has its number; none is missing, and none can be taken out.
history-none = Nothing of that kind has happened.
history-kind = Kind of change
history-all-kinds = All changes
history-filter = Show
history-everything = Show everything
history-only-of = Only what is about { $name }.
history-of-person = all about them
history-older = Older
history-reason = Reason:
history-somebody = Somebody who is no longer known
history-role-gone = a role that is gone
history-staff-note = note of the staff
history-metadata = further data
history-by = by { $name }
history-by-account = by somebody who does not belong to the organization any more, or never did
history-by-guest = by themself, on the page
history-by-link = by themself, with their link
history-by-door = at the door
history-by-token = by a program, with a token
history-by-owner = with the server’s own token
history-by-system = by headcount itself
history-unknown = Something of the kind { $kind }, which this version does not know.
history-kind-signed_up = { $status ->
    [1] { $name } signed up for { $role } and got { $spots ->
            [one] a place
           *[other] { $spots } places
        }.
    [2] { $name } signed up for { $role }; { $spots ->
            [one] a place is
           *[other] { $spots } places are
        } kept until the e-mail is confirmed.
   *[3] { $name } asked for { $spots ->
            [one] a place
           *[other] { $spots } places
        } in { $role } and waits.
}
history-kind-sign_up_repeated = Somebody signed up with the address of { $name } once more. Nothing was changed.
history-kind-verified = { $name } confirmed their e-mail.
history-kind-expired = The e-mail of { $name } was not confirmed in time; what was kept in { $role } is free again.
history-kind-accepted = { $status ->
    [1] { $name } accepted for { $role }.
   *[3] { $name } accepted for { $role } and waits.
}
history-kind-not_coming = { $name } declined for { $role }.
history-kind-imported = { $name } was taken over from an earlier system, in { $role }.
history-kind-cancelled = The sign-up of { $name } for { $role } was cancelled.
history-kind-declined = { $name } declined for { $role } after all.
history-kind-removed = { $name } was removed from { $role }.
history-kind-promoted = { $name } got a place in { $role } from the waitlist.
history-kind-demoted = { $name } lost the place in { $role } and waits.
history-kind-reinstated = { $status ->
    [1] { $name } is back in { $role }.
   *[3] { $name } is back for { $role } and waits.
}
history-kind-moved = { $name } moved from { $from-role } to { $to-role }.
history-kind-swapped = { $name } ({ $role }) and { $with } ({ $with-role }) exchanged their roles.
history-kind-resized = The party of { $name } changed from { $from-spots } to { $to-spots }.
history-kind-email_changed = { $name } has another e-mail address.
history-kind-erased = All that was known of a person in { $role } was erased.
history-kind-details_edited = Details of { $name } were changed: { $fields }.
history-kind-checked_in = { $name } came in: { $here } of their party are here.
history-kind-check_in_undone = That { $name } came in was taken back: { $here } of their party are here.
history-kind-skipped = A party behind { $name } got places in { $role } that { $name } could not use ({ $skips ->
    [one] for the first time
   *[other] { $skips } times by now
}).
history-kind-event_created = The event was created.
history-kind-event_edited = The settings of the event were changed.
history-kind-role_added = The role { $role } was added.
history-kind-role_edited = The role { $role } was changed.
history-kind-role_removed = A role was removed.
history-kind-counters_repaired = { $of-event ->
    [1] The counters of the event were put right.
   *[0] The counters of { $role } were put right.
}
history-kind-override_raised = { $of-event ->
    [1] It was noted that the event has more places taken than it has.
   *[0] It was noted that { $role } has more places taken than it has.
}
history-of-signed_up = Signed up
history-of-sign_up_repeated = Signed up again
history-of-verified = E-mail confirmed
history-of-expired = E-mail not confirmed in time
history-of-accepted = Accepted
history-of-not_coming = Declined at once
history-of-imported = Taken over
history-of-declined = Declined after all
history-of-cancelled = Cancelled
history-of-removed = Removed
history-of-reinstated = Brought back
history-of-promoted = Got a place from the waitlist
history-of-demoted = Put on the waitlist
history-of-moved = Moved to another role
history-of-swapped = Exchanged roles
history-of-resized = Size of a party changed
history-of-skipped = Passed in the queue
history-of-details_edited = Details changed
history-of-email_changed = E-mail address changed
history-of-erased = Erased
history-of-checked_in = Came in
history-of-check_in_undone = Coming in taken back
history-of-event_created = Event created
history-of-event_edited = Event changed
history-of-role_added = Role added
history-of-role_edited = Role changed
history-of-role_removed = Role removed
history-of-counters_repaired = Counters put right
history-of-override_raised = More taken than there are

report-title = How sign-up opened
report-not-yet = Sign-up has not opened yet. The first minute will be shown here.
report-opened = The first minute from
report-summary = { $placed ->
    [0] Nobody got a place
    [one] 1 sign-up got its places
   *[other] { $placed } sign-ups got their places
}; { $waitlisted ->
    [0] nobody had to wait.
    [one] 1 went on the waitlist.
   *[other] { $waitlisted } went on the waitlist.
}
report-cut = The log of this event is very long; not all of the minute was read.
report-answered = Answers a second
report-placed = got places
report-waitlisted = on the waitlist
report-refused = refused
report-busy = told to try again
report-most = At most { $count } in one second
report-not-seen = Who was refused and how long people waited is not known: nobody signed up for themself yet, or this server was started later, or it has forgotten.
report-waits = How long people waited
report-longest-mean = On average at most { $time } in one second
report-mean-wait = average wait in milliseconds
report-answers = answers
report-half = Half waited at most
report-nine-tenths = 9 of 10 at most
report-nearly-all = 99 of 100 at most
report-longest = Nobody longer than
report-milliseconds = { $count } ms
report-mark = { $second } s
report-seen-hint = From the question to the answer within this server, without the way over the network. If there are several servers, this is what this one has seen.
report-filled = How the places filled
report-full-in = Full in second { $second }
report-taken = places taken
report-table = As a table
report-second = second
report-table-hint = Seconds that are as the one before are left out.

## The console: people, tokens, webhooks, settings

organization-only-owners = You see what is so. Only owners of the organization can change it.
organization-rename = Rename the organization
organization-name = Name of the organization
organization-save = Save
organization-change = Change
organization-keep = No, leave it
organization-more = Show more
organization-people = People
organization-role = What may they do?
organization-role-staff = Staff
organization-role-staff-hint = Answers calls for helpers of the teams they are in.
organization-role-manager = Manager
organization-role-manager-hint = Makes events and looks after who signs up.
organization-role-owner = Owner
organization-role-owner-hint = May do everything here, and decides who else may.
organization-manages-which = Which events do they manage?
organization-manages-all = All events
organization-manages-some = Only those that are ticked here
organization-manages-teams = All events of these teams:
organization-manages-events = These events:
organization-manages-none-yet = There are no teams and no events yet. They can be chosen later.
organization-manages-everything = Manages all events.
organization-manages-nothing = Manages no events yet.
organization-manages = Manages:
organization-manages-others = { $count ->
    [one] and 1 more
   *[other] and { $count } more
}
organization-special = Special requirements of those who sign up are shown to them (access, diet, allergies)
organization-sees-special = Sees special requirements.
organization-in-teams = In the teams:
organization-change-hint = When this is saved, they are logged out everywhere, and their tokens end.
organization-reset-hint = Did they forget their password? With a link they set a new one. Pass it on to them and to nobody else; it works once, within an hour.
organization-reset = Make a link for a new password
organization-reset-made = Link for a new password
organization-remove = Take out
organization-remove-ask = Take { $name } out of the organization? They are logged out everywhere. Their account stays, and so does what they did.
organization-remove-sure = Yes, take out
organization-invitations = Invitations
organization-invitations-none = Nobody is invited at the moment.
organization-invited-until = Can be accepted until { $until }.
organization-invite-link = Pass this link on to them, and to nobody else:
organization-withdraw = Take back
organization-invite = Invite somebody
organization-invite-button = Invite
organization-invite-teams = Teams they will be in
organization-teams = Teams
organization-teams-what-for = A call for helpers goes to a team. Its events can be managed by somebody who manages no others.
organization-team-make = Make a team
organization-team-name = Name of the team
organization-team-members = { $count ->
    [0] Nobody is in it yet.
    [one] 1 person is in it.
   *[other] { $count } people are in it.
}
organization-team-leave = take out
organization-team-join = Add
organization-team-join-whom = Add somebody …
organization-team-remove = Remove the team
organization-team-remove-ask = Remove the team { $name }? Its events stay, but are no longer for this team. Whoever was in it is logged out.
organization-team-remove-sure = Yes, remove it
organization-done-renamed = The new name is saved.
organization-done-member = Saved. They have to log in again.
organization-done-removed = They no longer belong to the organization.
organization-done-invited = The invitation is made. It stands below until it is accepted.
organization-done-withdrawn = The invitation is taken back.
organization-done-team = The team is made.
organization-done-team-removed = The team is removed.
organization-done-joined = They are in the team now, and have to log in again.
organization-done-left = They are no longer in the team, and have to log in again.
shown-once = This is shown only now. Copy it before you leave the page.
account-title = Your account
account-organizations = Your organizations
account-address-change = Change the address
account-address-new = New e-mail address
account-password-change = Change the password
account-password-current = Your present password
account-password-new = New password
account-password-hint = You are logged out everywhere else, and your tokens end.
account-sessions = Where you are logged in
account-session-since = Since
account-session-seen = last used
account-session-current = here
account-sessions-end = Log out everywhere
account-tokens = Tokens for programs
account-tokens-hint = A program shows a token instead of your password. It may do what you may, as far as is ticked.
account-tokens-ended = Tokens that have ended
account-token = Token
account-token-make = Make a token
account-token-name = What is it for?
account-token-name-hint = So that you know later which program uses it.
account-token-name-wrong = Please say what it is for.
account-token-scopes = What may the program do?
account-token-scopes-none = Please tick at least one.
account-token-expires = Until when?
account-token-expires-wrong = Please choose a day from today on, at most a year ahead.
account-token-until = Works until { $until }.
account-token-ended = Has ended
account-token-revoke = End this token
account-scope-read = Read what you can read: events, who signed up, the log
account-scope-respond = Sign you up, and answer calls
account-scope-registrations = Change who is signed up for events that you manage
account-scope-events = Make and change events
account-scope-check_in = Check people in at the door
account-scope-people = Change your account, people, teams and webhooks
account-done-name = Your name is saved.
account-done-address = A mail is on its way to the new address. Follow its link; until then the old one stays.
account-done-password = Your password is changed.
account-done-revoke = The token has ended.
account-data = Your data
account-data-hint = All that is kept about you here, as a file for you and for programs.
webhooks-title = Webhooks
webhooks-hint = A program elsewhere is told at once what happens to your events. Each message is signed with the secret of its webhook.
webhook-active = active
webhook-ended = ended
webhook-test = Try it out
webhook-activate = Begin again
webhook-end = End
webhook-rotate = New secret
webhook-secret = Secret that messages are signed with
webhook-remove = Remove
webhook-remove-ask = Remove this webhook? What was still to be delivered is not.
webhook-remove-sure = Yes, remove it
webhook-make = Make a webhook
webhook-url = Address
webhook-url-hint = Where messages go: an address on the internet that begins with https://
webhook-which = What is told?
webhook-all = Everything that happens
webhook-some = Only what is ticked here
webhook-personal = Tell names, addresses and phone numbers too
webhook-tells-personal = Names, addresses and phone numbers are told.
webhook-deliveries = Messages
webhook-deliveries-none = No message was sent yet.
webhook-delivered = delivered
webhook-waiting = on its way
webhook-given-up = given up
webhook-of-test = Only to try it out
webhook-attempts = { $count ->
    [0] not tried yet
    [one] tried once
   *[other] tried { $count } times
}
webhook-resend = Send again
webhook-done-active = The webhook is active again.
webhook-done-ended = The webhook is told nothing any more.
webhook-done-removed = The webhook is removed.
webhook-done-sent = The message is on its way.
problem-field-url = Please give an address on the internet that begins with https:// and can be reached from everywhere.
problem-too_many_webhooks = That is one webhook too many. Remove one that is not needed any more.
problem-webhook_ended = This webhook has ended. Begin it again first.
problem-last_owner = An organization needs an owner. Make somebody else an owner first.
problem-team_exists = There is a team with this name already.
problem-belongs_elsewhere = They belong to another organization too. Only they can set a new password, with “Forgot the password?” on the log-in page.
problem-wrong_password = Your present password is not right.
problem-field-new = Please choose one of 10 to 200 characters that is not your name or address.
problem-address_taken = Another account has this address.

## The door

door-title = Door: { $event }
door-search = Who is at the door?
door-search-hint = Part of the name, or scan the code with the phone's camera.
door-found = Found
door-none-found = Nobody of that name. Try a part of it, or another spelling.
door-numbers = { $here } of { $expected } are here
door-party = { $spots ->
    [1] 1 person
   *[other] party of { $spots }
}
door-come-in = Come in
door-come-in-do = They have a place, and nobody of them is in yet.
door-part = { $here } of { $spots } are in
door-part-do = The rest of the party may come in. The last one came at { $at }.
door-welcome = Welcome
door-welcome-do = { $here } of { $spots } are in. If that was a mistake, undo it.
door-all = Already in, { $at }
door-all-do = { $here } of { $spots } are in. Let nobody in a second time; if they are standing outside, undo it.
door-held = Not confirmed
door-held-do = They have not pressed the button in their mail. Let them do it now, then look again; or ask the organizer.
door-waitlisted = On the waitlist
door-waitlisted-do = They have no place. Only the organizer can give them one.
door-cancelled = Cancelled
door-cancelled-do = They gave their place up. Ask the organizer whether there is another.
door-removed = Removed
door-removed-do = The organizer took their place away. Send them to the organizer.
door-event-cancelled = Event cancelled
door-event-cancelled-do = This event does not take place. Let nobody in.
door-queued = Noted: { $here } of { $spots } in
door-queued-do = There is no network. It is kept on this phone and sent as soon as there is. Leave this page open.
door-taken = Nobody was let in: not so many of them are left outside. Look at the numbers again.
door-unknown = Unknown code
door-unknown-do = This code belongs to nobody at this event. Search by name, or ask the organizer.
door-let-in = Let in
door-let-one-in = +1
door-let-rest-in = { $left ->
    [1] The last one
   *[other] All { $left }
}
door-one-less = One less
door-undo = Undo
door-queue = { $taps ->
    [one] 1 tap waits for the network
   *[other] { $taps } taps wait for the network
}
door-refused-later = Not taken
door-back = To the door
door-board-title = Board: { $event }
door-here = here
door-expected = expected
door-waiting = waiting
door-not-you-title = For those at the door
door-not-you-guest = Is this the code of your own sign-up? All is well: show it at the door. There is nothing to do here.
door-not-you-staff = Do you let people in? Open the door link that the organizer sent you, on this phone, or log in. If you have opened it here already, press “Go on”.
door-again = Go on
door-ended-title = This door link has ended
door-ended = It has expired or was revoked, so it lets nobody in any more. Ask the organizer for a new one.
door-wrong-event-title = Another event
door-wrong-event = This code is not for { $event }, where you let people in. Let them look whether they have another code, or send them to the organizer.
problem-not_confirmed = They have no place that is theirs. Ask the organizer.
problem-not_checked_in = So many are not in. Look again.
