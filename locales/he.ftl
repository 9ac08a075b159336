# עברית

language-name = עברית
language-direction = rtl

## Times

weekday = { $weekday ->
    [1] יום שני
    [2] יום שלישי
    [3] יום רביעי
    [4] יום חמישי
    [5] יום שישי
    [6] שבת
   *[7] יום ראשון
}
month = { $month ->
    [1] ינואר
    [2] פברואר
    [3] מרץ
    [4] אפריל
    [5] מאי
    [6] יוני
    [7] יולי
    [8] אוגוסט
    [9] ספטמבר
    [10] אוקטובר
    [11] נובמבר
   *[12] דצמבר
}
date = { weekday }, { $day } ב{ month } { $year }
time = { $date }, { $clock } ({ $zone })

## Mails

hello = שלום { $name },
hello-nobody = שלום,
not-you = אם זה לא היה מצדכם, אין צורך לעשות דבר.
sender = נשלח מעמוד ההרשמה { $url }

## About a registration

event = אירוע
when = מתי
where = איפה
role = תפקיד
spots = מקומות
status = מצב
contact = יצירת קשר
status-confirmed = יש לכם מקום
status-held = שמור לכם עד שתאשרו
status-waitlisted = ברשימת ההמתנה
status-declined = סירבתם
status-cancelled = בוטל
status-removed = הוסר על ידי המארגנים
verify-subject = נא לאשר: { $event }
verify-held = מישהו, כנראה אתם, נרשם עם הכתובת הזאת. המקום שלכם שמור עד { $until }. נא לאשר עד אז; אחר כך הוא יעבור לאחרים.
verify-waitlisted = מישהו, כנראה אתם, ביקש מקום עם הכתובת הזאת. אתם ברשימת ההמתנה. נא לאשר עד { $until } שאתם רוצים להישאר בה.
verify-link = אישור
already_signed_up-subject = אתם כבר רשומים: { $event }
already_signed_up-what = מישהו, כנראה אתם, נרשם שוב עם הכתובת הזאת. דבר לא השתנה. זו ההרשמה שלכם:
manage-link = צפייה, שינוי או ביטול
resend_link-subject = ההרשמה שלכם: { $event }
resend_link-what = הנה שוב הקישור להרשמה שלכם. מי שמחזיק בו יכול לשנות או לבטל אותה, אז שמרו אותו לעצמכם.
my_sign_ups-subject = ההרשמות שלכם
my_sign_ups-what = מישהו, כנראה אתם, ביקש את ההרשמות של הכתובת הזאת. מי שמחזיק באחד הקישורים יכול לשנות או לבטל את אותה הרשמה, אז שמרו אותם לעצמכם.

## About an account

confirm_account-subject = נא לאשר את הכתובת שלכם
confirm_account-what = מישהו, כנראה אתם, פתח חשבון עם הכתובת הזאת. נא לאשר עד { $until }.
confirm_account-link = אישור הכתובת
account_exists-subject = כבר יש לכם חשבון
account_exists-what = מישהו, כנראה אתם, ניסה לפתוח חשבון עם הכתובת הזאת, אבל כבר יש כזה. התחברו אליו. אם שכחתם את הסיסמה, בחרו חדשה.
account_exists-link = בחירת סיסמה חדשה
reset_password-subject = סיסמה חדשה
reset_password-what = מישהו, כנראה אתם, ביקש לבחור סיסמה חדשה לחשבון עם הכתובת הזאת. הקישור פועל פעם אחת, עד { $until }.
reset_password-link = בחירת סיסמה חדשה
invitation-subject = הזמנה: { $organization }
invitation-what = אתם מוזמנים לעזור באירועים של { $organization }. הקישור פועל פעם אחת, עד { $until }.
invitation-link = קבלת ההזמנה
change_address-subject = נא לאשר את הכתובת החדשה שלכם
change_address-what = מישהו, כנראה אתם, רוצה להשתמש מעכשיו בכתובת הזאת לחשבון שלו. נא לאשר עד { $until }.
change_address-link = אישור הכתובת
address_changed-subject = לחשבון שלכם יש עכשיו כתובת אחרת
address_changed-what = מעכשיו החשבון שלכם משתמש בכתובת דואר אחרת ולא בזו. אם זה לא היה מצדכם, הודיעו מיד למארגנים.
password_changed-subject = הסיסמה שלכם שונתה
password_changed-what = הסיסמה של החשבון שלכם שונתה, וכל מי שהיה מחובר איתה נותק. אם זה לא היה מצדכם, בחרו מיד סיסמה חדשה והודיעו למארגנים.

## Every page

skip-to-content = דילוג אל התוכן
site-name = הרשמה
languages = שפה
log-in = התחברות
log-out = התנתקות
find-link = ההרשמות שלי
all-events = כל האירועים
console-link = ניהול
my-link = הקריאות שלי
made-with = פועל על headcount, שלעולם לא רושם יותר מדי
optional = לא חובה
mail_test-subject = ‏headcount יכול לשלוח דואר
mail_test-what = זו בדיקה. אין צורך לעשות דבר.

## The list of events

home-title = אירועים
home-search = חיפוש
home-search-button = חיפוש
home-from = מתאריך
home-empty-title = עדיין אין כאן אירועים
home-empty = כשמתפרסם אירוע הוא מופיע כאן. אם קיבלתם קישור לאירוע, השתמשו בו.
home-none-found = לא נמצא דבר. נסו פחות מילים או יום אחר.
home-more = אירועים נוספים
home-no-date = התאריך עוד יפורסם

## The page of an event

event-about = על האירוע
event-places = מקומות
event-choose-role = במה תרצו להשתתף?
event-when = מתי
event-where = איפה
event-contact = שאלות
event-time-yours = אצלכם: { $time }
event-full = מלא
event-closed = ההרשמה סגורה
event-cancelled = האירוע בוטל
event-draft = טיוטה: רק אתם ושאר המארגנים רואים את העמוד הזה
event-opens = ההרשמה נפתחת { $time }
event-opens-in = נפתחת בעוד { $left }
event-not-open-yet = ההרשמה עדיין לא נפתחה
event-closes = ההרשמה נסגרת { $time }
role-closed = סגור
role-taken = { $taken } מתוך { $capacity } תפוסים
role-taken-unlimited = { $taken ->
    [0] עוד אין נרשמים
    [one] נרשם אחד
   *[other] { $taken } נרשמים
}
role-open = { $open ->
    [0] מלא
    [one] מקום אחד פנוי
   *[other] { $open } מקומות פנויים
}
role-unlimited = פתוח לכולם
role-waiting = { $waiting ->
    [0] אין ממתינים
    [one] ממתין אחד
   *[other] { $waiting } ממתינים
}
role-kept = המקומות הפנויים שמורים לממתינים
role-needs = { $needs ->
    [one] דרוש עוד אחד
   *[other] דרושים עוד { $needs }
}
event-total = { $taken } מתוך { $capacity } מקומות בסך הכול תפוסים

## The form

form-title = הרשמה
form-name = שם
form-email = דואר אלקטרוני
form-email-hint = לשם יישלחו האישור והקישור לשינוי או לביטול.
form-phone = טלפון
form-spots = כמה אתם?
form-spots-hint = עד { $max }, כולל אתכם.
form-more = עוד משהו?
form-notes = הערה למארגנים
form-special = דרישות מיוחדות
form-special-hint = למשל נגישות, תזונה או אלרגיות. רק מי שצריך לדעת רואה זאת.
form-button = הרשמה
form-button-wait = הצטרפות לרשימת ההמתנה
form-button-member = רשמו אותי
form-as = אתם נרשמים בשם { $name }.
form-full-wait = כל המקומות תפוסים. אפשר להצטרף לרשימת ההמתנה; הממתינים מקבלים מקומות שמתפנים.
form-full-off = כל המקומות תפוסים, ואין רשימת המתנה.
form-other-roles = בתפקידים אחרים יש עוד מקום: { $roles }.
form-early = אפשר למלא כבר עכשיו. הכפתור יפעל ברגע שההרשמה תיפתח.
form-verify-note = נשלח הודעה לכתובת הזאת. המקום שלכם אחרי שתלחצו על הכפתור שבה.
form-correct = נא לתקן את המסומן.
form-repeat = לא ידוע אם זה הגיע. לחצו שוב על הכפתור: תירשמו לכל היותר פעם אחת.
form-full-now = זה היה קרוב: המקום האחרון נתפס לפניכם. ביקשתם ב־{ $asked }.
form-take-now = לקחת { $open } עכשיו
form-wait-for-all = להמתין ל־{ $spots } ביחד
form-fits-less = { $open ->
    [one] נשאר רק מקום אחד, ואתם { $spots }.
   *[other] נשארו רק { $open } מקומות, ואתם { $spots }.
}

## The page after sign-up by mail

mail-title = בדקו את הדואר שלכם
mail-what = שלחנו הודעה אל { $email }. לחצו על הכפתור שבה עד { $until }; עד אז הבקשה שלכם שמורה.
mail-what-not = לא הגיע דבר? בדקו בתיקיית הספאם, או הירשמו שוב.

## One's own sign-up

manage-new-confirmed = אתם בפנים!
manage-new-waitlisted = אתם ברשימת ההמתנה
manage-confirmed = יש לכם מקום
manage-held = נא לאשר
manage-waitlisted = אתם ממתינים
manage-cancelled = ביטלתם
manage-removed = המארגנים הסירו אתכם
manage-declined = סירבתם
manage-event-cancelled = האירוע בוטל
manage-next-confirmed = אין צורך לעשות עוד דבר. שמרו את העמוד הזה: בקישור שלו אפשר לשנות או לבטל. אותו קישור נמצא בדואר שלכם.
manage-next-confirmed-no-mail = אין צורך לעשות עוד דבר. שמרו את הקישור של העמוד הזה, למשל כסימנייה: בעזרתו אפשר לשנות או לבטל.
manage-next-waitlisted = תקבלו מקום מעצמו כשיתפנה, לפי סדר התור. אין צורך לבדוק שוב.
manage-position = { $position ->
    [1] אתם הבאים בתור ל{ $role }.
    [2] ממתין אחד לפניכם בתור ל{ $role }.
   *[other] { $before } ממתינים לפניכם בתור ל{ $role }.
}
manage-needs = { $needs ->
    [1] אתם צריכים מקום אחד
   *[other] אתם צריכים { $needs } מקומות
}
manage-why-role_full = { $free ->
    [0] { $needs }; { $role } מלא.
   *[other] { $needs }; { $free } פנויים.
}
manage-why-event_full = { $free ->
    [0] { $needs }; כל האירוע מלא.
   *[other] { $needs }; באירוע כולו { $free } פנויים.
}
manage-why-others_first = { $needs }; המקומות הפנויים שמורים למי שבאו קודם.
manage-why-not_automatic = מקומות שמתפנים כבר לא ניתנים מעצמם. פנו למארגנים.
manage-you = ההרשמה שלכם
manage-party = { $spots ->
    [1] אדם אחד
   *[other] { $spots } אנשים
}
manage-calendar = הוספה ליומן
manage-qr = הציגו זאת בכניסה
manage-change = שינוי
manage-contact-title = הפרטים שלכם
manage-contact-button = שמירה
manage-contact-done = נשמר.
manage-resize-title = כמה אתם?
manage-resize-button = שינוי
manage-resize-done = שונה.
manage-move-title = תפקיד אחר
manage-move-hint = המקום שלכם נשאר שלכם עד שהחדש יהיה שלכם.
manage-move-button = שינוי
manage-move-done = שונה.
manage-cancel-until = אפשר לבטל עד { $until }.
manage-cancel-any = אפשר לבטל בכל עת.
manage-cancel-over = מאוחר מדי לבטל כאן. פנו למארגנים.
manage-cancel-ask = באמת לבטל? המקום שלכם יעבור לבאים בתור.
manage-cancel-button = ביטול ההרשמה שלי
manage-cancel-sure = כן, לבטל
manage-cancel-keep = לא, להשאיר
manage-cancel-done = בוטל. המקום שלכם פנוי לאחרים.
manage-again = הרשמה מחדש
confirm-until = נא לאשר עד { $until } שנרשמתם. אחר כך המקום שלכם יעבור לאחרים.
confirm-button = אישור
confirm-done = אושר.

## Finding one's sign-ups

find-title = ההרשמות שלי
find-what = נשלח את כל הקישורים שלכם לכתובת שלכם.
find-button = שליחה
find-done = אם יש הרשמות עם { $email }, הודעה עם הקישורים שלהן בדרך.

## Logging in

login-title = התחברות
login-what = למארגנים ולצוות. כדי להירשם לאירוע אין צורך בחשבון.
login-email = דואר אלקטרוני
login-password = סיסמה
login-button = התחברות
login-forgot = שכחתם את הסיסמה?
login-register = פתיחת חשבון
forgot-title = סיסמה חדשה
forgot-what = נשלח קישור לכתובת שלכם.
forgot-button = שליחה
forgot-done = אם יש חשבון עם { $email }, הודעה בדרך.
register-title = פתיחת חשבון
register-button = פתיחה
register-done-title = כמעט סיימנו
register-done = שלחנו הודעה אל { $email }. היכנסו לקישור שבה.
register-made = החשבון שלכם נפתח. התחברו אליו.

## Pages of links

link-done = בוצע
link-password = סיסמה חדשה
link-password-hint = לפחות 10 תווים; לא השם או הכתובת שלכם.
link-setup-title = הקמת headcount
link-setup-about = לשרת הזה עוד אין בעלים. פתחו את החשבון שיהיה הבעלים.
link-setup-button = פתיחת החשבון הראשון
link-setup-done = השרת הזה שלכם. התחברו עם הכתובת והסיסמה שלכם.
link-invitation-title = הוזמנתם
link-invitation-about = { $organization } מזמינים את { $email }.
link-invitation-button = קבלה
link-invitation-done = אתם שייכים לארגון. התחברו עם הכתובת והסיסמה שלכם.
link-confirm_account-title = אישור החשבון
link-confirm_account-about = מישהו רוצה חשבון עם { $email }. זה אתם? אם כן, אשרו.
link-confirm_account-button = אישור
link-confirm_account-done = אפשר להשתמש בחשבון שלכם. התחברו עם הכתובת והסיסמה שלכם.
link-reset_password-title = סיסמה חדשה
link-reset_password-about = לחשבון של { $email }. תנותקו מכל מקום.
link-reset_password-button = קביעה
link-reset_password-done = הסיסמה נקבעה, וכל ההתחברויות והאסימונים הסתיימו. התחברו איתה.
link-change_address-title = אישור הכתובת החדשה
link-change_address-about = מעכשיו תהיה לחשבון שלכם הכתובת { $email }.
link-change_address-button = אישור
link-change_address-done = לחשבון שלכם יש כתובת חדשה, וכל ההתחברויות והאסימונים הסתיימו. התחברו איתה.
no-link-title = הקישור הזה לא מוביל לשום מקום
no-link = ייתכן שהוא חלקי, או שנשלח חדש ממנו. בדקו את ההודעה האחרונה, או הירשמו שוב.

## When something is wrong

problem-title-not_found = אין כאן דבר
problem-title-other = זה לא הצליח
problem-not_found = בדקו את הכתובת. ייתכן שהאירוע הוסר או שהעמוד שלו שינה שם.
problem-unauthenticated = נא להתחבר קודם.
problem-forbidden = אין לכם הרשאה לכך. בקשו אותה מבעלי הארגון.
problem-busy = יותר מדי אנשים מבקשים ברגע זה, ודבר לא השתנה. נסו שוב.
problem-storage_unavailable = השרת לא יכול לבצע זאת כרגע. נסו שוב בעוד רגע.
problem-internal = משהו לא תקין בשרת, ודבר לא השתנה. אם זה חוזר, הודיעו למארגנים.
problem-rate_limited = זה היה קצת יותר מדי פעמים. המתינו דקה ונסו שוב.
problem-role_full = { $role } מלא.
problem-event_full = האירוע כולו מלא.
problem-waitlist_full = גם רשימת ההמתנה מלאה.
problem-already_registered = אתם כבר רשומים. הקישור להרשמה שלכם נמצא בדואר שלכם.
problem-too_many_roles = אתם כבר רשומים לאירוע הזה, ואי אפשר ליותר בבת אחת.
problem-too_many_spots = זה יותר מדי: לכל היותר { $max }.
problem-not_open_yet = ההרשמה עדיין לא נפתחה.
problem-registration_closed = ההרשמה סגורה.
problem-too_late = מאוחר מדי לעשות זאת כאן. פנו למארגנים.
problem-not_active = ההרשמה הזאת כבר הסתיימה.
problem-wrong_login = הכתובת או הסיסמה אינן נכונות.
problem-already_checked_in = מישהו מכם כבר נכנס. פנו לכניסה.
problem-no_mail = השרת הזה לא שולח דואר. בקשו את הקישור שלכם מהמארגנים.
problem-field-name = נא לרשום את השם שלכם.
problem-field-email = נא לרשום כתובת דואר, למשל ann@example.org.
problem-field-phone = נא לרשום מספר טלפון עם קידומת מדינה, למשל ‎+972 50 123 4567.
problem-field-spots = נא לרשום מספר החל מ־1.
problem-field-role = נא לבחור אחד.
problem-field-password = נא לבחור סיסמה של 10 עד 200 תווים שאינה השם או הכתובת שלכם.
problem-link_used = הקישור הזה כבר נוצל. התחברו, או בקשו חדש.

## Mails about an event

## Staff: my calls

## The console: events and the roster

## The console: history and the report of an opening

history-title = מה קרה
history-hint = כל מה שהשתנה אי פעם באירוע הזה, מהחדש לישן. לכל שינוי יש מספר; אף אחד לא חסר, ואף אחד לא ניתן למחיקה.
history-none = לא קרה דבר כזה.
history-kind = סוג השינוי
history-all-kinds = כל השינויים
history-filter = הצגה
history-everything = להציג הכול
history-only-of = רק מה שנוגע אל { $name }.
history-of-person = כל מה שנוגע אליהם
history-older = ישנים יותר
history-reason = סיבה:
history-somebody = מישהו שכבר לא ידוע
history-role-gone = תפקיד שכבר לא קיים
history-staff-note = הערה של הצוות
history-metadata = נתונים נוספים
history-by = על ידי { $name }
history-by-account = על ידי מישהו שכבר לא שייך לארגון, או שמעולם לא היה
history-by-guest = בעצמם, בעמוד ההרשמה
history-by-link = בעצמם, בעזרת הקישור שלהם
history-by-door = בכניסה
history-by-token = על ידי תוכנה, בעזרת אסימון
history-by-owner = בעזרת האסימון של השרת
history-by-system = על ידי headcount עצמו
history-unknown = משהו מסוג { $kind }, שהגרסה הזאת לא מכירה.
history-kind-signed_up = { $status ->
    [1] הרשמה של { $name } לתפקיד { $role }: { $spots ->
            [one] מקום אחד
           *[other] { $spots } מקומות
        }.
    [2] הרשמה של { $name } לתפקיד { $role }: { $spots ->
            [one] מקום אחד שמור
           *[other] { $spots } מקומות שמורים
        } עד לאישור הדואר.
   *[3] הרשמה של { $name } לתפקיד { $role }: המתנה אל { $spots ->
            [one] מקום אחד
           *[other] { $spots } מקומות
        }.
}
history-kind-sign_up_repeated = מישהו נרשם שוב עם הכתובת של { $name }. דבר לא השתנה.
history-kind-verified = כתובת הדואר של { $name } אושרה.
history-kind-expired = כתובת הדואר של { $name } לא אושרה בזמן; מה שנשמר בתפקיד { $role } התפנה.
history-kind-accepted = { $status ->
    [1] תשובה חיובית של { $name } לתפקיד { $role }.
   *[3] תשובה חיובית של { $name } לתפקיד { $role }, בהמתנה למקום.
}
history-kind-not_coming = תשובה שלילית של { $name } לתפקיד { $role }.
history-kind-cancelled = ההרשמה של { $name } לתפקיד { $role } בוטלה.
history-kind-declined = תשובה שלילית של { $name } לתפקיד { $role }, אחרי שכבר נרשמו.
history-kind-removed = ההרשמה של { $name } לתפקיד { $role } הוסרה.
history-kind-promoted = מקום בתפקיד { $role } ניתן אל { $name } מרשימת ההמתנה.
history-kind-demoted = המקום של { $name } בתפקיד { $role } נלקח, וכעת הם ממתינים.
history-kind-reinstated = { $status ->
    [1] ההרשמה של { $name } לתפקיד { $role } הוחזרה.
   *[3] ההרשמה של { $name } לתפקיד { $role } הוחזרה לרשימת ההמתנה.
}
history-kind-moved = מעבר של { $name } מתפקיד { $from-role } לתפקיד { $to-role }.
history-kind-swapped = חילופי תפקידים בין { $name } ({ $role }) ובין { $with } ({ $with-role }).
history-kind-resized = מספר האנשים בהרשמה של { $name } השתנה מ־{ $from-spots } ל־{ $to-spots }.
history-kind-email_changed = כתובת הדואר של { $name } שונתה.
history-kind-details_edited = הפרטים של { $name } שונו: { $fields }.
history-kind-checked_in = כניסה של { $name }: { $here } מהם כאן.
history-kind-check_in_undone = הכניסה של { $name } בוטלה: { $here } מהם כאן.
history-kind-skipped = מישהו מאחורי { $name } קיבל מקומות בתפקיד { $role } שלא הספיקו להם ({ $skips ->
    [one] בפעם הראשונה
   *[other] { $skips } פעמים עד עכשיו
}).
history-kind-event_created = האירוע נוצר.
history-kind-event_edited = הגדרות האירוע שונו.
history-kind-role_added = התפקיד { $role } נוסף.
history-kind-role_edited = התפקיד { $role } שונה.
history-kind-role_removed = תפקיד הוסר.
history-kind-counters_repaired = { $of-event ->
    [1] המונים של האירוע תוקנו.
   *[0] המונים של { $role } תוקנו.
}
history-kind-override_raised = { $of-event ->
    [1] נרשם שבאירוע תפוסים יותר מקומות משיש.
   *[0] נרשם שבתפקיד { $role } תפוסים יותר מקומות משיש.
}
history-of-signed_up = הרשמה
history-of-sign_up_repeated = הרשמה חוזרת
history-of-verified = אישור דואר
history-of-expired = דואר שלא אושר בזמן
history-of-accepted = תשובה חיובית
history-of-not_coming = תשובה שלילית מיד
history-of-declined = תשובה שלילית אחרי הרשמה
history-of-cancelled = ביטול
history-of-removed = הסרה
history-of-reinstated = החזרה
history-of-promoted = מקום מרשימת ההמתנה
history-of-demoted = העברה לרשימת ההמתנה
history-of-moved = מעבר לתפקיד אחר
history-of-swapped = חילופי תפקידים
history-of-resized = שינוי מספר האנשים
history-of-skipped = דילוג בתור
history-of-details_edited = שינוי פרטים
history-of-email_changed = שינוי כתובת דואר
history-of-checked_in = כניסה
history-of-check_in_undone = ביטול כניסה
history-of-event_created = יצירת האירוע
history-of-event_edited = שינוי האירוע
history-of-role_added = הוספת תפקיד
history-of-role_edited = שינוי תפקיד
history-of-role_removed = הסרת תפקיד
history-of-counters_repaired = תיקון מונים
history-of-override_raised = תפוסים יותר משיש

report-title = איך נפתחה ההרשמה
report-not-yet = ההרשמה עוד לא נפתחה. הדקה הראשונה תוצג כאן.
report-opened = הדקה הראשונה, מאז:
report-summary = { $placed ->
    [0] איש לא קיבל מקום
    [one] הרשמה אחת קיבלה את מקומותיה
   *[other] { $placed } הרשמות קיבלו את מקומותיהן
}; { $waitlisted ->
    [0] איש לא נאלץ להמתין.
    [one] אחת נכנסה לרשימת ההמתנה.
   *[other] { $waitlisted } נכנסו לרשימת ההמתנה.
}
report-cut = היומן של האירוע הזה ארוך מאוד; לא כל הדקה נקראה.
report-answered = תשובות בשנייה
report-placed = קיבלו מקום
report-waitlisted = ברשימת ההמתנה
report-refused = נדחו
report-busy = התבקשו לנסות שוב
report-most = לכל היותר { $count } בשנייה אחת
report-not-seen = מי נדחה וכמה זמן המתינו לא ידוע: השרת הזה הופעל אחר כך, או ששכח.
report-waits = כמה זמן המתינו
report-longest-mean = בממוצע לכל היותר { $time } בשנייה אחת
report-mean-wait = המתנה ממוצעת באלפיות השנייה
report-answers = תשובות
report-half = חצי המתינו לכל היותר
report-nine-tenths = 9 מתוך 10 לכל היותר
report-nearly-all = 99 מתוך 100 לכל היותר
report-longest = איש לא המתין יותר מ־
report-milliseconds = { $count } אלפיות שנייה
report-seen-hint = מהבקשה עד התשובה בתוך השרת הזה, בלי הדרך ברשת. אם יש כמה שרתים, זה מה שראה השרת הזה.
report-filled = איך התמלאו המקומות
report-full-in = התמלא בשנייה { $second }
report-taken = מקומות תפוסים
report-table = כטבלה
report-second = שנייה
report-table-hint = שניות שלא השתנה בהן דבר הושמטו.

## The console: people, tokens, webhooks, settings

organization-only-owners = אתם רואים מה המצב. רק בעלי הארגון יכולים לשנות אותו.
organization-rename = שינוי שם הארגון
organization-name = שם הארגון
organization-save = שמירה
organization-change = שינוי
organization-keep = לא, להשאיר
organization-more = להציג עוד
organization-people = אנשים
organization-role = מה מותר להם?
organization-role-staff = צוות
organization-role-staff-hint = משיבים לקריאות לעזרה של הצוותים שהם בהם.
organization-role-manager = מנהלים
organization-role-manager-hint = יוצרים אירועים ומטפלים בנרשמים.
organization-role-owner = בעלים
organization-role-owner-hint = רשאים לעשות כאן הכול, ומחליטים מה מותר לאחרים.
organization-manages-which = אילו אירועים הם מנהלים?
organization-manages-all = את כל האירועים
organization-manages-some = רק את המסומנים כאן
organization-manages-teams = כל האירועים של הצוותים האלה:
organization-manages-events = האירועים האלה:
organization-manages-none-yet = עדיין אין צוותים ואין אירועים. אפשר לבחור בהם אחר כך.
organization-manages-everything = ניהול של כל האירועים.
organization-manages-nothing = עדיין בלי אירועים לניהול.
organization-manages = ניהול של:
organization-manages-others = { $count ->
    [one] ועוד אחד
   *[other] ועוד { $count }
}
organization-special = להציג להם דרישות מיוחדות של הנרשמים (נגישות, תזונה, אלרגיות)
organization-sees-special = רואים דרישות מיוחדות.
organization-in-teams = בצוותים:
organization-change-hint = עם השמירה הם ינותקו מכל מקום, והאסימונים שלהם יסתיימו.
organization-reset-hint = הם שכחו את הסיסמה? בעזרת קישור הם יקבעו חדשה. העבירו אותו להם בלבד; הוא פועל פעם אחת, בתוך שעה.
organization-reset = יצירת קישור לסיסמה חדשה
organization-reset-made = קישור לסיסמה חדשה
organization-remove = הוצאה מהארגון
organization-remove-ask = להוציא את { $name } מהארגון? ההתחברויות שלהם יסתיימו בכל מקום. החשבון שלהם נשאר, וכך גם מה שעשו.
organization-remove-sure = כן, להוציא
organization-invitations = הזמנות
organization-invitations-none = כרגע אין מוזמנים.
organization-invited-until = אפשר לקבל את ההזמנה עד { $until }.
organization-invite-link = העבירו להם את הקישור הזה, ולאף אחד אחר:
organization-withdraw = ביטול ההזמנה
organization-invite = הזמנת מישהו
organization-invite-button = הזמנה
organization-invite-teams = הצוותים שיהיו בהם
organization-teams = צוותים
organization-teams-what-for = קריאה לעזרה נשלחת לצוות. את האירועים שלו יכול לנהל גם מי שלא מנהל אחרים.
organization-team-make = יצירת צוות
organization-team-name = שם הצוות
organization-team-members = { $count ->
    [0] עדיין אין בו איש.
    [one] יש בו אדם אחד.
   *[other] יש בו { $count } אנשים.
}
organization-team-leave = הוצאה
organization-team-leave-whom = להוציא את { $name } מהצוות
organization-team-join = הוספה
organization-team-join-whom = הוספת מישהו…
organization-team-remove = הסרת הצוות
organization-team-remove-ask = להסיר את הצוות { $name }? האירועים שלו נשארים, אבל כבר לא של הצוות הזה. מי שהיו בו ינותקו.
organization-team-remove-sure = כן, להסיר
organization-done-renamed = השם החדש נשמר.
organization-done-member = נשמר. הם יצטרכו להתחבר מחדש.
organization-done-removed = הם כבר לא שייכים לארגון.
organization-done-invited = ההזמנה נוצרה. היא מופיעה למטה עד שתתקבל.
organization-done-withdrawn = ההזמנה בוטלה.
organization-done-team = הצוות נוצר.
organization-done-team-removed = הצוות הוסר.
organization-done-joined = הם עכשיו בצוות, ויצטרכו להתחבר מחדש.
organization-done-left = הם כבר לא בצוות, ויצטרכו להתחבר מחדש.
shown-once = זה מוצג רק עכשיו. העתיקו לפני שתעזבו את העמוד.
account-title = החשבון שלכם
account-organizations = הארגונים שלכם
account-address-change = שינוי הכתובת
account-address-new = כתובת דואר חדשה
account-password-change = שינוי הסיסמה
account-password-current = הסיסמה הנוכחית שלכם
account-password-new = סיסמה חדשה
account-password-hint = תנותקו מכל מקום אחר, והאסימונים שלכם יסתיימו.
account-sessions = איפה אתם מחוברים
account-session-since = מאז
account-session-seen = בשימוש לאחרונה
account-session-current = כאן
account-sessions-end = התנתקות מכל מקום
account-tokens = אסימונים לתוכנות
account-tokens-hint = תוכנה מציגה אסימון במקום הסיסמה שלכם. מותר לה מה שמותר לכם, ככל שסומן.
account-tokens-ended = אסימונים שהסתיימו
account-token = אסימון
account-token-make = יצירת אסימון
account-token-name = למה הוא משמש?
account-token-name-hint = כדי שתדעו אחר כך איזו תוכנה משתמשת בו.
account-token-scopes = מה מותר לתוכנה?
account-token-scopes-none = נא לסמן לפחות אחד.
account-token-expires = עד מתי?
account-token-expires-wrong = נא לבחור יום מהיום והלאה, לכל היותר שנה מראש.
account-token-until = פועל עד { $until }.
account-token-ended = הסתיים
account-token-revoke = סיום האסימון
account-scope-read = לקרוא מה שאתם יכולים לקרוא: אירועים, נרשמים, יומן
account-scope-respond = לרשום אתכם ולהשיב לקריאות
account-scope-registrations = לשנות הרשמות לאירועים שאתם מנהלים
account-scope-events = ליצור ולשנות אירועים
account-scope-check_in = לרשום כניסות בדלת
account-scope-people = לשנות את החשבון שלכם, אנשים, צוותים והודעות לתוכנות
account-done-name = השם שלכם נשמר.
account-done-address = הודעה בדרך לכתובת החדשה. היכנסו לקישור שבה; עד אז הישנה נשארת.
account-done-password = הסיסמה שלכם שונתה.
account-done-revoke = האסימון הסתיים.
webhooks-title = הודעות לתוכנות (webhooks)
problem-last_owner = לארגון צריכים להיות בעלים. קבעו קודם בעלים נוספים.
problem-team_exists = כבר יש צוות בשם הזה.
problem-belongs_elsewhere = הם שייכים גם לארגון אחר. רק הם יכולים לקבוע סיסמה חדשה, דרך ״שכחתם את הסיסמה?״ בעמוד ההתחברות.
problem-wrong_password = הסיסמה הנוכחית שלכם אינה נכונה.
problem-field-new = נא לבחור סיסמה של 10 עד 200 תווים שאינה השם או הכתובת שלכם.
problem-address_taken = לחשבון אחר יש הכתובת הזאת.

## The door
