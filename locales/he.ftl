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
span = { $date }, { $clock }–{ $end } ({ $zone })
span-days = { $date }, { $clock } – { $end-date }, { $end } ({ $zone })

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
status-cancelled = ההרשמה בוטלה
status-removed = הוסרה על ידי המארגנים
# In the place of a name.
person-erased = אדם שפרטיו נמחקו
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
made-with = פועל על headcount: אף פעם לא נרשמים יותר משיש מקום
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
home-none-found = לא נמצא דבר. נסו פחות מילים או תאריך אחר.
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
event-retention = { $days ->
    [1] השם ופרטי הקשר שלכם יימחקו יום אחרי האירוע.
    [2] השם ופרטי הקשר שלכם יימחקו יומיים אחרי האירוע.
   *[other] השם ופרטי הקשר שלכם יימחקו { $days } ימים אחרי האירוע.
}
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
form-email-hint-no-mail = לפיו המארגנים מזהים אתכם. השרת הזה לא שולח דואר.
form-phone = טלפון
form-spots = כמה אתם?
form-spots-hint = עד { $max }, כולל אתכם.
form-more = עוד משהו?
form-notes = הערה למארגנים
form-special = דרישות מיוחדות
form-special-hint = למשל נגישות, תזונה או אלרגיות. רק מי שצריך לדעת רואה זאת.
form-button = הרשמה
form-button-wait = הצטרפות לרשימת ההמתנה
form-button-again = לנסות שוב
form-button-member = רשמו אותי
form-as = אתם נרשמים בשם { $name }.
form-full-wait = כל המקומות תפוסים. אפשר להצטרף לרשימת ההמתנה; הממתינים מקבלים מקומות שמתפנים.
form-full-off = כל המקומות תפוסים, ואין רשימת המתנה. אם מישהו יבטל, המקום יעבור למי שיבקש ראשון.
form-look-again = לבדוק שוב
form-other-roles = בתפקידים אחרים יש עוד מקום: { $roles }.
form-early = אפשר למלא כבר עכשיו. הכפתור יפעל ברגע שההרשמה תיפתח.
form-verify-note = נשלח הודעה לכתובת הזאת. ההרשמה תקפה כשתלחצו על הכפתור שבה.
form-correct = נא לתקן את המסומן.
form-repeat = לא ידוע אם הבקשה הגיעה. לחצו שוב על הכפתור: תירשמו לכל היותר פעם אחת.
form-full-kept = המקומות הפנויים שמורים למי שכבר ממתינים.
form-full-close = זה היה קרוב: כל המקומות נתפסו ב־{ $since }, ואתם ביקשתם ב־{ $asked }.
form-full-since = כל המקומות תפוסים, מאז { $since }. ביקשתם ב־{ $asked }.
form-take-now = לקחת { $open } עכשיו
form-wait-for-all = להמתין ל־{ $spots } מקומות ביחד
form-fits-less = { $open ->
    [one] נשאר רק מקום אחד, ואתם { $spots }.
   *[other] נשארו רק { $open } מקומות, ואתם { $spots }.
}
embed-done = ההרשמה שלכם הגיעה. העמוד שלה אומר אם יש לכם מקום או שאתם ממתינים, ומאפשר לשנות או לבטל.
embed-open = פתיחת ההרשמה שלי

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
manage-event-cancelled-what = האירוע לא יתקיים. אין צורך לעשות דבר.
manage-next-confirmed = אין צורך לעשות עוד דבר. שמרו את העמוד הזה: בקישור שלו אפשר לשנות או לבטל. אותו קישור נמצא בדואר שלכם.
manage-next-confirmed-no-mail = אין צורך לעשות עוד דבר. שמרו את הקישור של העמוד הזה, למשל כסימנייה: בעזרתו אפשר לשנות או לבטל.
manage-next-waitlisted = כשיתפנה מקום ויגיע תורכם, הוא יהיה שלכם. אין צורך לבדוק שוב.
manage-position = { $position ->
    [1] אתם הבאים בתור לתפקיד { $role }.
    [2] ממתין אחד לפניכם בתור לתפקיד { $role }.
   *[other] { $before } ממתינים לפניכם בתור לתפקיד { $role }.
}
manage-needs = { $needs ->
    [1] אתם צריכים מקום אחד
   *[other] אתם צריכים { $needs } מקומות
}
manage-why-role_full = { $free ->
    [0] { $needs }; התפקיד { $role } מלא.
   *[other] { $needs }; { $free } פנויים.
}
manage-why-event_full = { $free ->
    [0] { $needs }; כל האירוע מלא.
   *[other] { $needs }; באירוע כולו { $free } פנויים.
}
manage-why-others_first = { $needs }; המקומות הפנויים שמורים למי שבאו לפניכם.
manage-why-not_automatic = מקומות שמתפנים כבר לא מחולקים מעצמם. פנו למארגנים.
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
manage-move-same = זה כבר התפקיד שלכם.
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
download-data = הורדת המידע שלי
confirm-until = נא לאשר שנרשמתם, עד { $until }. אחר כך המקום שלכם יעבור לאחרים.
confirm-until-waiting = אשרו עד { $until } שאתם רוצים להמתין. אחר כך לא תהיו עוד ברשימת ההמתנה.
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
forgot-no-mail = השרת הזה לא שולח דואר. בקשו מבעלי הארגון קישור לקביעת סיסמה חדשה.
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
link-setup-about = לשרת הזה עוד אין בעלים. החשבון הראשון שייפתח יהיה הבעלים.
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
no-link = ייתכן שהוא לא הועתק בשלמותו, או שנשלח חדש במקומו. בדקו את ההודעה האחרונה, או הירשמו שוב.

## When something is wrong

problem-title-not_found = אין כאן דבר
problem-title-other = זה לא הצליח
problem-not_found = בדקו את הכתובת. ייתכן שהאירוע הוסר או שכתובת העמוד שלו שונתה.
problem-unauthenticated = נא להתחבר קודם.
problem-forbidden = אין לכם הרשאה לכך. בקשו אותה מבעלי הארגון.
problem-busy = יותר מדי אנשים מבקשים ברגע זה, ודבר לא השתנה. נסו שוב.
problem-storage_unavailable = השרת לא יכול לבצע זאת כרגע. נסו שוב בעוד רגע.
problem-internal = משהו לא תקין בשרת, ודבר לא השתנה. אם זה חוזר, הודיעו למארגנים.
problem-rate_limited = זה היה קצת יותר מדי פעמים. המתינו דקה ונסו שוב.
problem-role_full = התפקיד { $role } מלא.
problem-event_full = האירוע כולו מלא.
problem-waitlist_full = גם רשימת ההמתנה מלאה.
problem-already_registered = אתם כבר רשומים. הקישור להרשמה שלכם נמצא בדואר שלכם.
problem-too_many_roles = אתם כבר רשומים לאירוע הזה, ואי אפשר ליותר בבת אחת.
problem-too_many_spots = זה יותר מדי: אפשר לכל היותר { $max }.
problem-not_open_yet = ההרשמה עדיין לא נפתחה.
problem-registration_closed = ההרשמה סגורה.
problem-too_late = מאוחר מדי לעשות זאת כאן. פנו למארגנים.
problem-not_active = ההרשמה הזאת כבר הסתיימה.
problem-wrong_login = הכתובת או הסיסמה אינן נכונות.
problem-already_checked_in = מישהו מכם כבר נכנס. פנו לכניסה.
problem-no_mail = השרת הזה לא שולח דואר. בקשו את הקישור שלכם מהמארגנים.
problem-field-name = נא לרשום את השם שלכם.
problem-field-email = נא לרשום כתובת דואר, למשל ann@example.org.
problem-field-phone = נא לרשום מספר טלפון עם קידומת מדינה, למשל ‎+972 54 234 5678.
problem-field-spots = נא לרשום מספר החל מ־1.
problem-field-role = נא לבחור אחד.
problem-field-password = נא לבחור סיסמה של 10 עד 200 תווים שאינה השם או הכתובת שלכם.
problem-link_used = הקישור הזה כבר נוצל. התחברו, או בקשו חדש.

## Mails about an event

mail-confirmed-subject = יש לכם מקום: { $event }
mail-confirmed-what = נרשמתם ויש לכם מקום. אם כבר לא תוכלו להגיע, אנא בטלו, כדי שאחרים יוכלו.
mail-waitlisted-subject = אתם ברשימת ההמתנה: { $event }
mail-waitlisted-what = כל המקומות תפוסים כרגע. אתם מספר { $position } ברשימת ההמתנה. ברגע שיהיה בשבילכם מקום, נכתוב לכם.
mail-promoted-subject = התפנה בשבילכם מקום: { $event }
mail-promoted-what = התפנה מקום, ועכשיו הוא שלכם. אם כבר לא תוכלו להגיע, אנא בטלו, כדי שאחרים יוכלו.
mail-moved-subject = התפקיד שלכם השתנה: { $event }
mail-moved-what = אתם רשומים עכשיו לתפקיד אחר: { $role }.
mail-resized-subject = ההרשמה שלכם השתנתה: { $event }
mail-resized-what =
    { $spots ->
        [one] ההרשמה שלכם היא עכשיו למקום אחד.
        [two] ההרשמה שלכם היא עכשיו לשני מקומות.
       *[other] ההרשמה שלכם היא עכשיו ל־{ $spots } מקומות.
    }
mail-demoted-subject = חזרתם לרשימת ההמתנה: { $event }
mail-demoted-what = המארגנים נאלצו להחזיר אתכם לרשימת ההמתנה. התור שלכם נשמר: ברגע שיהיה בשבילכם מקום, נכתוב לכם.
mail-expired-subject = המקום שלכם עבר לאחרים: { $event }
mail-expired-what = ההרשמה עם הכתובת הזאת לא אושרה בזמן, ולכן היא הסתיימה. אם אתם רוצים להגיע, אנא הירשמו שוב.
mail-cancelled-subject = ההרשמה שלכם בוטלה: { $event }
mail-cancelled-what = ההרשמה שלכם בוטלה. אם בכל זאת תרצו להגיע, אנא הירשמו שוב.
mail-removed-subject = אתם כבר לא רשומים: { $event }
mail-removed-what = המארגנים הסירו את ההרשמה שלכם. אם לדעתכם זו טעות, אנא פנו למארגנים.
mail-removed_because-subject = אתם כבר לא רשומים: { $event }
mail-removed_because-what = המארגנים הסירו את ההרשמה שלכם, וכותבים לכם:
mail-event_changed-subject = שינוי: { $event }
mail-event_changed-what = המארגנים שינו את המועד או את המקום. אלה הפרטים המעודכנים. אם כבר לא תוכלו להגיע, אנא בטלו, כדי שאחרים יוכלו.
mail-event_cancelled-subject = לא יתקיים: { $event }
mail-event_cancelled-what = אנו מצטערים: האירוע לא יתקיים. אין צורך לעשות דבר.
mail-reminder-subject = בקרוב: { $event }
mail-reminder-what = האירוע מתחיל בקרוב, ויש לכם מקום. אם כבר לא תוכלו להגיע, אנא בטלו, כדי שאחרים יוכלו.
mail-called-subject = תוכלו לעזור? { $event }
mail-called-what = הצוות שלכם נחוץ. אנא ציינו אם תגיעו.
mail-event-link = לעמוד האירוע
mail-answer-link = כן או לא

## Staff: my calls

my-title = הקריאות שלי
my-accept = אגיע
my-accept-after-all = בכל זאת אגיע
my-wait = הצטרפות לרשימת ההמתנה
my-decline = לא אגיע
my-give-back = ויתור על המקום
my-stop-waiting = הפסקת ההמתנה
my-decline-all = לא אגיע לאירוע כולו
my-accepted = אישרתם הגעה
my-already = כבר עניתם על כך. כאן רואים מה המצב.
my-waiting = { $before ->
    [0] אתם ממתינים: הבאים בתור
    [one] אתם ממתינים: קבוצה אחת לפניכם
    [two] אתם ממתינים: שתי קבוצות לפניכם
   *[other] אתם ממתינים: { $before } קבוצות לפניכם
}
my-waiting-somewhere = אתם ממתינים
my-declined = עניתם שלא תגיעו
my-removed = המארגנים הסירו אתכם
my-now-accepted = תודה, המקום שלכם.
my-now-waiting = אתם ברשימת ההמתנה. כשיתפנה מקום תקבלו אותו בלי לעשות דבר.
my-now-declined = נרשם שלא תבואו לזה. עדיין אפשר לשנות את דעתכם.
my-declined-all = נרשם שלא תבואו לאירוע הזה. עדיין אפשר לשנות את דעתכם.
my-too-many-roles = כבר אישרתם תפקיד אחר באירוע הזה, ואי אפשר ליותר בבת אחת. ותרו קודם על המקום ההוא.
my-full = מלא, ואין רשימת המתנה.
my-beside-accepted = באותו זמן: { $other }, ולשם כבר אישרתם הגעה.
my-beside-waiting = באותו זמן: { $other }, ולשם אתם ממתינים.
my-overlaps = אישרתם או ממתינים לדברים שחופפים בזמן:
my-untold-end = לא נמסרה שעת סיום, ולכן מחושבות שעתיים.
my-lost = לא הגיעה תשובה. לחצו שוב: זה ייספר רק פעם אחת.
my-empty-title = אין קריאות בשבילכם
my-empty = כשיצטרכו את אחד הצוותים שלכם לאירוע, הוא יופיע כאן, ותוכלו לענות בלחיצה אחת.
my-empty-no-team = אתם עדיין לא בשום צוות. כשמארגנים יצרפו אתכם לצוות, האירועים שצריכים אותו יופיעו כאן.
my-past = { $count ->
    [one] אירוע אחד הסתיים
    [two] שני אירועים הסתיימו
   *[other] { $count } אירועים הסתיימו
}
problem-already_declined = כבר עניתם שלא תגיעו.

## The console: events and the roster

console-title = האירועים שלי
console-new = אירוע חדש
console-organization = אנשים, צוותים והודעות לתוכנות
console-organization-of = אנשים, צוותים והודעות לתוכנות של { $name }
console-when = מתי
console-coming = הבאים
console-past = שעברו
console-older = ישנים יותר
console-more-than-shown = יש יותר ממה שמוצג כאן. חפשו את מה שחסר לכם.
console-none-found = לא נמצא דבר. נסו פחות מילים.
console-none-past = אין אירועים בשנה הזאת.
console-empty-title = עדיין אין אירועים
console-empty = לאירוע דרושים שם ומספר המקומות. עד שתפרסמו אותו הוא טיוטה שרק המארגנים רואים.
console-empty-button = יצירת האירוע הראשון שלכם
console-roster = מי מגיע
console-page = עמוד האירוע
console-edit = עריכה
console-copy = שכפול
console-export = הורדה (CSV)
console-import = קליטת רשימה
console-add = הוספת נרשם
console-tools = עוד
console-draft = טיוטה
console-cancelled = בוטל
console-open = ההרשמה פתוחה
console-back = חזרה
console-undo = ביטול הפעולה
console-step-publish = פרסום
console-step-close = סגירת ההרשמה
console-step-call-off = ביטול האירוע
console-step-delete = מחיקת הטיוטה
console-ask-call-off = לבטל את { $event }?
console-ask-delete = למחוק את { $event }?
console-call-off-what = { $people ->
    [0] איש לא נרשם. בעמוד ייכתב שהאירוע בוטל.
   *[other] בעמוד ייכתב שהאירוע בוטל, ואיש לא יקבל עוד מקום. { $taken ->
        [one] מקום אחד תפוס
       *[other] { $taken } מקומות תפוסים
    }{ $waiting ->
        [0] .
        [one] , וממתין אחד.
       *[other] , ו־{ $waiting } ממתינים.
    }
}
console-delete-what = המחיקה היא לתמיד. אפשר למחוק רק טיוטה שאיש לא נרשם אליה.
console-done-saved = נשמר.
console-done-created = האירוע נוצר. הוא טיוטה: עד שתפרסמו אותו רק המארגנים רואים אותו.
console-done-published = פורסם. כל מי שרשאי לראות את העמוד יכול להירשם כשההרשמה פתוחה.
console-done-closed = ההרשמה נסגרה.
console-done-called-off = האירוע בוטל.
console-done-add = { $name } ברשימה, בתפקיד { $role }.
console-done-cancel = ההרשמה של { $name } בוטלה.
console-done-remove = ההרשמה של { $name } הוסרה.
console-done-reinstate = ההרשמה של { $name } לתפקיד { $role } הוחזרה.
console-done-promote = ל־{ $name } יש מקום בתפקיד { $role }.
console-done-demote = ההרשמה של { $name } חזרה לרשימת ההמתנה לתפקיד { $role }.
console-done-move = ההרשמה של { $name } הועברה לתפקיד { $role }.
console-done-swap = ההחלפה בוצעה: { $name } עכשיו בתפקיד { $role }.
console-done-resize = ל־{ $name } יש עכשיו { $spots ->
    [one] מקום אחד
   *[other] { $spots } מקומות
}.
console-done-check-in = הכניסה של { $name } נרשמה.
console-done-undo-check-in = רישום הכניסה של { $name } בוטל.
console-done-confirm = ההרשמה של { $name } אושרה.
console-done-change-email = הכתובת של { $name } הוחלפה. הקישור הישן כבר לא פועל.
console-done-send-link = הקישור של { $name } בדרך בדואר.
console-done-details = הפרטים של { $name } נשמרו.
console-done-decline = ההרשמה של { $name } סומנה כסירוב.
console-done-waits = הכול מלא שם: ההרשמה ממתינה.
console-did-up = { $count ->
    [one] מרשימת ההמתנה קיבלו מקום:
   *[other] { $count } קיבלו מקום מרשימת ההמתנה:
}
console-did-down = { $count ->
    [one] איבדו את המקום וממתינים שוב:
   *[other] { $count } איבדו את המקום וממתינים שוב:
}
console-would-nobody = אף אחד אחר לא יזוז.
console-would-up = { $count ->
    [one] מרשימת ההמתנה יקבלו מקום:
   *[other] { $count } יקבלו מקום מרשימת ההמתנה:
}
console-would-down = { $count ->
    [one] יאבדו את המקום וימתינו שוב:
   *[other] { $count } יאבדו את המקום וימתינו שוב:
}
console-and-more = ועוד { $count }
console-tell = להודיע בדואר למי שזה נוגע לו
console-tell-hint = הדואר נשלח כעבור חצי דקה. עד אז אפשר לבטל את הפעולה או לעצור את הדואר.
console-tell-none = השרת הזה לא שולח דואר: הודיעו בעצמכם למי שזה נוגע לו.
console-mail-waits = { $count ->
    [one] הודעת דואר אחת על כך תישלח בעוד { $seconds } שנ׳.
    [two] שתי הודעות דואר על כך יישלחו בעוד { $seconds } שנ׳.
   *[other] { $count } הודעות דואר על כך יישלחו בעוד { $seconds } שנ׳.
}
console-mail-waits-many = כל מי שזה נוגע לו יקבל הודעה בדואר בעוד { $seconds } שנ׳.
console-mail-undo = אם תבטלו את הפעולה לפני כן, מי שחזר למצבו הקודם לא יקבל דואר.
console-mail-hold = לא לשלוח דואר
console-mail-gone = הדואר בדרך.
console-done-unsent = לא יישלח דואר על כך.
console-done-sent-already = הדואר, או חלק ממנו, כבר נשלח.
console-ask-cancel = לבטל את ההרשמה של { $name }?
console-ask-remove = להסיר את { $name }?
console-ask-reinstate = להחזיר את { $name }?
console-ask-promote = לתת מקום ל־{ $name }?
console-ask-demote = להחזיר את { $name } לרשימת ההמתנה?
console-ask-move = להעביר את { $name }?
console-ask-swap = להחליף את התפקידים של { $name } ושל { $with }?
console-ask-resize = לשנות את מספר המקומות של { $name }?
console-then-confirmed = ל־{ $name } { $spots ->
    [one] יהיה מקום
   *[other] יהיו { $spots } מקומות
} בתפקיד { $role }.
console-then-kept = המקום יישאר של { $name }: איש מהממתינים לא יכול לנצל אותו.
console-then-held = מקום בתפקיד { $role } יישמר ל־{ $name } עד לאישור.
console-then-waitlisted = ההרשמה של { $name } תמתין ל{ $spots ->
    [one] מקום
   *[other] ־{ $spots } מקומות
} בתפקיד { $role }.
console-then-swapped = { $name } בתפקיד { $role }, ובמקביל { $with } בתפקיד { $with-role }.
console-then-ended = ההרשמה של { $name } לתפקיד { $role } תסתיים, והמקומות שתפסה יתפנו.
console-beyond-title = אין מקום ל־{ $name }
console-beyond = אפשר לתת את המקום בכל זאת. אז יגיעו יותר אנשים מכפי שתוכנן, עד שמישהו יבטל. הסיבה נשמרת בהיסטוריה.
console-beyond-reason = למה
console-beyond-reason-needed = נא לכתוב למה.
console-beyond-button = לתת מקום בכל זאת
console-do-cancel = ביטול ההרשמה
console-do-confirm = אישור בשמם
console-do-demote = החזרה לרשימת ההמתנה
console-do-reinstate = החזרה
console-do-remove = הסרה
console-do-move = העברה לתפקיד אחר
console-do-resize = שינוי מספר המקומות
console-do-swap = החלפת תפקידים עם מישהו
console-do-promote = מתן מקום
console-do-check-in = רישום כניסה
console-do-undo-check-in = ביטול הכניסה
console-do-change-email = שינוי כתובת הדואר
console-do-send-link = שליחת הקישור בדואר
console-do-details = שינוי הפרטים
console-can-do = מה אפשר לעשות
console-signed-up = מועד ההרשמה
console-staff-note = הערה פנימית
console-their-note = ההערה שלהם
console-came = הגיעו
console-came-some = { $came } מתוך { $spots } כאן
console-came-all = { $spots ->
    [1] כאן
   *[other] כל ה־{ $spots } כאן
}
console-to-role = לאיזה תפקיד
console-reason = למה
console-reason-hint = נשמר בהיסטוריה.
console-email-hint = מי שקורא את הדואר בכתובת הזאת יקבל את ההרשמה. הקישור הישן יפסיק לפעול.
console-own-link = הקישור שלהם
console-link-copy = קישור להרשמה
console-link-copied = הועתק
console-link-hint = מי שמחזיק בו יכול לשנות או לבטל את ההרשמה. תנו אותו רק להם.
console-position = מס׳ { $position }
console-status-active = יש מקום או ממתינים
console-status-all = כולם
console-status-confirmed = יש מקום
console-status-held = טרם אושרה
console-status-waitlisted = בהמתנה
console-status-declined = תשובה שלילית
console-status-cancelled = בוטלה
console-status-removed = הוסרה
console-every-role = כל התפקידים
console-search = שם, דואר או טלפון
console-filter = הצגה
console-select = בחירה
console-select-one = בחירה של { $name }
console-notes = הערות
console-nobody-found = לא נמצא איש. נסו מילה אחרת, או הציגו את כולם.
console-nobody-title = עוד לא נרשם איש
console-nobody = שלחו לאנשים את הקישור לעמוד האירוע. כאן תראו מיד מי נרשם.
console-nobody-draft = פרסמו את האירוע ושלחו לאנשים את הקישור לעמוד שלו. אפשר להוסיף אנשים ידנית בכל עת.
console-nobody-here = אין כאן איש.
console-more-people = עוד
console-news = { $count ->
    [one] תשובה חדשה אחת
   *[other] { $count } תשובות חדשות
}
console-news-show = הצגה
console-swap-choose = עם מי להחליף את התפקיד של { $name }?
console-swap-this = החלפה
console-several = מה לעשות עם כל המסומנים
console-several-what = מה לעשות
console-several-button = המשך
console-several-ask = { $count ->
    [0] זה לא אפשרי לאף אחד ממי שבחרתם.
    [one] זה ייעשה לאחד מהם.
   *[other] זה ייעשה ל־{ $count } מהם.
}
console-several-each = אחד אחרי השני: מקום שמתפנה אצל הראשון עשוי להגיע לבא אחריו.
console-several-done = בוצע ל־{ $count } מתוך { $all }.
console-several-one-done = בוצע
console-outcome = תוצאה
console-possible = כן
console-not-possible = לא
console-others-move = { $count ->
    [one] עוד אחד יזוז
   *[other] עוד { $count } יזוזו
}
console-to-roster = אל הרשימה
console-add-what = למי שהתקשר או שאין לו דואר. אם יש מקום הם מקבלים אותו, ואם לא הם ממתינים.
console-add-draft = האירוע עדיין טיוטה. מי שתוסיפו רשום בכל זאת.
console-add-email-hint = בלעדיה אי אפשר לשלוח להם את הקישור.
console-add-button = הוספה
console-save = שמירה
console-make-draft = יצירה כטיוטה
console-make-published = יצירה ופרסום
console-meanwhile = מישהו אחר שינה בינתיים את האירוע. שום דבר משלכם עוד לא נשמר. במקום שיש הבדל מוצג מתחת לשדה מה ששמור עכשיו. שמרו שוב כדי שיישאר מה שכתבתם.
console-saved-now = שמור עכשיו: { $value }
console-field-organization = ארגון
console-field-title = שם האירוע
console-field-description = תיאור
console-field-description-hint = ‏Markdown: ‏**מודגש**, רשימות עם מקף, ⁦[טקסט](https://…)⁩ לקישור.
console-field-contact = את מי שואלים
console-field-contact-hint = כתובת דואר, או שם ומספר.
console-field-slug = השם בכתובת
console-field-slug-hint = אותיות לטיניות קטנות, ספרות ומקפים, למשל summer-fair. השאירו ריק והוא ייווצר מעצמו.
console-field-timezone = אזור זמן
console-field-timezone-hint = כל הזמנים כאן הם לפי השעון שם, למשל Asia/Jerusalem.
console-field-starts = התחלה
console-field-ends = סיום
console-field-opens = ההרשמה נפתחת
console-field-closes = ההרשמה נסגרת
console-field-opens-hint = ריק: ההרשמה פתוחה מרגע הפרסום ועד שתיסגר.
console-field-capacity = מקומות בכל התפקידים יחד
console-field-capacity-hint = רק אם זה פחות ממקומות התפקידים יחד. ריק: בלי הגבלה נוספת.
console-roles = תפקידים ומקומות
console-roles-hint = למה נרשמים: טבח, מלצר, או פשוט משתתף. בלי אף תפקיד כולם נרשמים לאירוע כמשתתפים.
console-more-roles = עוד תפקידים
console-role-name = תפקיד
console-role-capacity = מקומות
console-role-capacity-hint = ריק: בלי הגבלה.
console-role-more = זמנים ועוד
console-role-min = דרושים לפחות
console-role-min-hint = בעמוד ייכתב כמה חסרים.
console-role-closed = סגור: אי אפשר עוד להירשם לתפקיד הזה
console-role-drop = הסרת התפקיד (רק אם איש לא נרשם אליו מעולם)
console-rare-waiting = כשהכול מלא
console-rare-people = מה מותר לנרשמים
console-rare-who = מי רואה אותו
console-policy = כשכל המקומות תפוסים
console-policy-strict = ממתינים, והמקומות ניתנים בדיוק לפי הסדר
console-policy-strict-example = מקום אחד מתפנה. משפחה של 3 ראשונה בתור ואחריה אדם אחד: המקום נשמר עד שיתפנו 3 למשפחה.
console-policy-fill = ממתינים, וקבוצה קטנה יכולה למלא מקום שמתפנה
console-policy-fill-example = מקום אחד מתפנה. משפחה של 3 ראשונה בתור ואחריה אדם אחד: האדם האחד מקבל אותו. אחרי שדילגו על המשפחה כמה פעמים היא קודמת.
console-policy-off = לא ממתינים
console-policy-off-example = מי שמאחר רואה שהכול מלא, ויכול לנסות שוב.
console-max-skips = כמה פעמים מותר לדלג על הראשון בתור
console-max-skips-hint = חשוב רק אם קבוצות קטנות יכולות למלא מקומות.
console-limit = כמה הרשמות יכולות להמתין
console-limit-hint = ריק: בלי הגבלה.
console-promote-until = מקומות שמתפנים ניתנים מעצמם עד
console-promote-until-hint = ריק: עד ההתחלה. אחר כך רק אתם נותנים מקומות.
console-max-spots = הקבוצה הגדולה ביותר
console-max-spots-hint = כמה אנשים יכולה הרשמה אחת להביא.
console-roles-per-person = כמה תפקידים יכולים להיות לאדם אחד בבת אחת
console-one-per = הרשמה אחת לכל
console-one-per-email = כתובת דואר
console-one-per-name = כתובת דואר ושם
console-one-per-name-example = למשפחות שיש להן כתובת משותפת.
console-phone = מספר טלפון
console-phone-hidden = לא שואלים
console-phone-optional = אפשר לתת
console-phone-required = חובה לתת
console-verify = דקות לאישור בדואר
console-verify-hint = מי שלא לוחץ בזמן על הכפתור שבהודעה מאבד את המקום. ריק: אין צורך באישור.
console-retention = כמה ימים אחרי האירוע יימחקו שמות ופרטי קשר
console-retention-hint = של כל מי שנרשמו; אי אפשר לבטל את זה. כמה באו נשאר שמור. אם היום הזה כבר עבר, זה קורה בתוך שעה. ריק: שום דבר לא נמחק מעצמו.
console-cancel-until = אפשר לבטל עד
console-cancel-until-hint = ריק: עד ההתחלה. אתם יכולים לבטל עבורם תמיד.
console-self-move = אנשים יכולים להחליף תפקיד בעצמם
console-visibility = את האירוע רואים
console-visibility-public = כולם; הוא מופיע ברשימת האירועים
console-visibility-unlisted = מי שיש לו הקישור
console-visibility-team = הצוותים שנבחרו למטה
console-teams = צוותים
console-preview-title = השינוי מזיז אנשים
console-preview-button = שמירה
console-preview-back = חזרה לטופס
console-below = תפוסים יותר מקומות מכפי שיהיו.
console-below-choose = מה יהיה על מי שמעבר למספר?
console-below-keep = המקומות שלהם נשארים
console-below-keep-what = איש חדש לא ייכנס עד שמספיק אנשים יבטלו.
console-below-latest = האחרונים ממתינים שוב
console-below-latest-what = מי שקיבלו מקום אחרונים חוזרים לרשימת ההמתנה, בסדר הקודם.
console-time-unreadable = נא לרשום יום ושעה, למשל 2027-07-03 19:00.
console-time-skipped = השעה הזאת לא קיימת: באותו לילה השעון מוזז קדימה ומדלג עליה. בחרו שעה מאוחרת יותר.
console-time-twice = השעה הזאת באה פעמיים: באותו לילה השעון מוזז אחורה. בחרו שעה לפניה או אחריה.
console-wrong-title = נא לתת שם.
console-wrong-name = נא לתת לתפקיד שם.
console-wrong-slug = נא להשתמש באותיות לטיניות קטנות, ספרות, ומקפים בודדים ביניהן.
console-wrong-timezone = נא לבחור אזור זמן מהרשימה, למשל Asia/Jerusalem.
console-wrong-capacity = נא לרשום מספר שלם, או להשאיר ריק לבלי הגבלה.
console-wrong-max_spots = נא לרשום מספר שלם מ־1 עד 1000.
console-wrong-ends_at = הסיום חייב לבוא אחרי ההתחלה.
console-wrong-closes_at = ההרשמה חייבת להיסגר אחרי שהיא נפתחת.
console-phone-region = המדינה של מספרי הטלפון
console-phone-region-hint = שתי אותיות, למשל IL או DE: מספרים בלי קידומת מדינה נקראים כמספרים משם.
console-wrong-phone_region = נא לרשום שתי אותיות, למשל IL או DE.
console-done-kept = המקום נשאר של { $name }: איש מהממתינים לא יכול לנצל אותו.
console-line = שורה
console-import-what = טבלה שנשמרה כ־CSV ‏(UTF-8), או שורות שהועתקו ממנה. השורה הראשונה נותנת את שמות העמודות; רק השם חובה. שום דבר לא נקלט לפני שראיתם מה יקרה לכל שורה.
console-import-file = קובץ
console-import-text = או הדביקו כאן את השורות
console-import-role = התפקיד לשורות שאין בהן תפקיד
console-import-try = מה יקרה?
console-import-ask = אפשר לקלוט { $count } מתוך { $all } שורות.
console-import-each = כל שורה נבדקה לבדה. הראשונים מקבלים את המקומות, ולכן ייתכן שהבאים אחריהם ימתינו.
console-import-unread = העמודות האלה לא נקראות:
console-import-button = { $count ->
    [one] קליטת שורה אחת
   *[other] קליטת { $count } שורות
}
console-import-done = נקלטו { $count } מתוך { $all } שורות.
console-import-in = יש מקום
console-import-waits = בהמתנה
console-import-would-be-in = יהיה מקום
console-import-would-wait = ימתין
console-import-empty = אין מה לקרוא. בחרו קובץ או הדביקו שורות.
console-import-no-text = אי אפשר לקרוא את הקובץ הזה. שמרו אותו כ־CSV ב־UTF-8 ובחרו אותו שוב.
console-import-no-name = אין עמודה בשם ״name״ או ״שם״. השורה הראשונה חייבת לתת את שמות העמודות, כמו בדוגמה.
console-import-column-twice = לשתי עמודות יש אותו שם. שנו את שמה של אחת מהן או הסירו אותה.
console-import-too-long = זה יותר מדי בבת אחת: לכל היותר { $max } שורות. חלקו את הרשימה.
console-import-cells = יותר תאים מעמודות. טקסט שיש בו פסיק חייב לעמוד במירכאות.
console-import-twice = אותו אדם מופיע בשורה קודמת.
console-import-ended = ברשימה הזאת זה בוטל, סורב או הוסר, ולכן לא נקלט.
console-import-no-role = אין תפקיד בשם { $role }.
console-came-none = עוד לא
console-problem-not_confirmed = זה אפשרי רק למי שיש לו מקום.
problem-not_waitlisted = אפשר לתת מקום רק למי שממתין.
problem-still_active = ההרשמה הזאת לא הסתיימה, ולכן אין מה להחזיר.
problem-no_room = { $free ->
    [0] אין מקום פנוי.
    [one] רק מקום אחד פנוי, וזה לא מספיק.
   *[other] רק { $free } מקומות פנויים, וזה לא מספיק.
}
problem-no_address = אין כתובת דואר לשלוח אליה. תנו להם כתובת, או מסרו להם את הקישור.
problem-slug_taken = לאירוע אחר יש כבר השם הזה בכתובת. בחרו אחר.
problem-role_exists = באירוע כבר יש תפקיד { $role }. בחרו שם אחר.
problem-role_not_empty = מישהו נרשם לתפקיד הזה, גם אם רק בעבר. אפשר לסגור אותו במקום.
problem-last_role = לאירוע דרוש לפחות תפקיד אחד. הוסיפו קודם אחר.
problem-event_not_empty = מישהו כבר נרשם, ולכן זה כבר לא אפשרי. אפשר לסגור את האירוע או לבטל אותו.
problem-capacity_below_reserved = { $reserved } מקומות תפוסים, יותר מכפי שיהיו.
problem-revision_mismatch = מישהו אחר שינה בינתיים את האירוע. הסתכלו עליו שוב ואז נסו שוב.
console-print = כל הרשימה, להדפסה
console-not-organizing = עדיין אין אירועים שאתם מארגנים. בקשו הרשאה או הזמנה מבעלי הארגון.
console-problem-already_registered = האדם הזה כבר רשום לאירוע.
console-problem-too_many_roles = האדם הזה כבר רשום לתפקיד אחר, והאירוע לא מאפשר יותר בבת אחת.
console-problem-already_checked_in = נכנסו כבר יותר מכפי שיישארו, או שכולם כבר בפנים. בטלו קודם כניסה.
console-problem-not_active = ההרשמה הזאת הסתיימה. החזירו אותה קודם.
console-problem-no_mail = השרת הזה לא שולח דואר. העתיקו את הקישור ומסרו אותו בעצמכם.
console-problem-waitlist_full = כל המקומות תפוסים, וגם רשימת ההמתנה מלאה.
console-problem-forbidden = אין לכם הרשאה לכך. בקשו אותה מבעלי הארגון. מי שמנהל אירועים של צוותים מסוימים חייב לבחור באחד מהם.
doors-title = דלת הכניסה
doors-self = אפשר לעמוד בכניסה גם בעצמכם: למצוא אנשים, להכניס אותם, ולראות כמה כבר כאן.
doors-open = אל הכניסה לאירוע
doors-links = קישורי כניסה
doors-what = למי שמכניסים אנשים ואין להם חשבון. מי שפותחים את הקישור בטלפון רואים מי מגיע ורושמים כניסות, ותו לא.
doors-until = פועל עד { $until }.
doors-name = מי יחזיק בו, או היכן?
doors-name-hint = כדי שתדעו אחר כך של מי הקישור.
doors-expires = היום האחרון
doors-expires-wrong = נא לבחור יום מהיום והלאה, לכל היותר 60 יום קדימה.
doors-make = יצירת קישור כניסה
doors-link = שלחו את הקישור למי שעומדים בכניסה
doors-end = סיום הקישור
doors-ended = הקישור הסתיים. הוא לא מכניס עוד איש.
console-person-name = נא לתת שם.
console-person-role = נא לבחור תפקיד.

## The console: history and the report of an opening

history-title = מה קרה
history-hint = כל מה שהשתנה אי פעם באירוע הזה, מהחדש לישן. לכל שינוי יש מספר; אף אחד לא חסר, ואף אחד לא ניתן למחיקה.
history-none = לא קרה דבר כזה.
history-kind = סוג השינוי
history-all-kinds = כל השינויים
history-filter = הצגה
history-everything = להציג הכול
history-only-of = רק מה שנוגע ל־{ $name }.
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
history-kind-imported = ההרשמה של { $name } לתפקיד { $role } הועברה ממערכת קודמת.
history-kind-cancelled = ההרשמה של { $name } לתפקיד { $role } בוטלה.
history-kind-declined = תשובה שלילית של { $name } לתפקיד { $role }, אחרי שכבר נרשמו.
history-kind-removed = ההרשמה של { $name } לתפקיד { $role } הוסרה.
history-kind-promoted = { $name }: מקום בתפקיד { $role } מרשימת ההמתנה.
history-kind-demoted = המקום של { $name } בתפקיד { $role } נלקח, וכעת הם ממתינים.
history-kind-reinstated = { $status ->
    [1] ההרשמה של { $name } לתפקיד { $role } הוחזרה.
   *[3] ההרשמה של { $name } לתפקיד { $role } הוחזרה לרשימת ההמתנה.
}
history-kind-moved = מעבר של { $name } מתפקיד { $from-role } לתפקיד { $to-role }.
history-kind-swapped = חילופי תפקידים בין { $name } ({ $role }) ובין { $with } ({ $with-role }).
history-kind-resized = מספר האנשים בהרשמה של { $name } השתנה מ־{ $from-spots } ל־{ $to-spots }.
history-kind-email_changed = כתובת הדואר של { $name } שונתה.
history-kind-erased = כל הפרטים של מי שנרשמו לתפקיד { $role } נמחקו.
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
history-of-imported = העברה ממערכת קודמת
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
history-of-erased = מחיקת פרטים
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
report-not-seen = מי נדחה וכמה זמן המתינו לא ידוע: עוד לא נרשם איש בעצמו, או שהשרת הזה הופעל אחר כך, או ששכח.
report-waits = כמה זמן המתינו לתשובה
report-longest-mean = בממוצע לכל היותר { $time } בשנייה אחת
report-mean-wait = המתנה ממוצעת באלפיות השנייה
report-answers = תשובות
report-half = חצי המתינו לכל היותר
report-nine-tenths = 9 מתוך 10 לכל היותר
report-nearly-all = 99 מתוך 100 לכל היותר
report-longest = ההמתנה הארוכה ביותר
report-milliseconds = { $count } אלפיות שנייה
report-mark = { $second } שנ׳
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
account-token-name-wrong = ציינו למה הוא משמש.
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
account-data = המידע שלכם
account-data-hint = כל מה ששמור עליכם כאן, כקובץ בשבילכם ובשביל תוכנות.
webhooks-title = הודעות לתוכנות (webhooks)
webhooks-hint = תוכנה במקום אחר מקבלת מיד הודעה על מה שקורה באירועים שלכם. כל הודעה חתומה בסוד של אותו webhook.
webhook-active = פעיל
webhook-ended = הסתיים
webhook-test = ניסיון
webhook-activate = הפעלה מחדש
webhook-end = סיום
webhook-rotate = סוד חדש
webhook-secret = הסוד שההודעות חתומות בו
webhook-remove = הסרה
webhook-remove-ask = להסיר את ה־webhook הזה? מה שעוד לא נמסר לא יימסר.
webhook-remove-sure = כן, להסיר
webhook-make = יצירת webhook
webhook-url = כתובת
webhook-url-hint = לאן ההודעות נשלחות: כתובת באינטרנט שמתחילה ב־⁦https://⁩
webhook-which = על מה להודיע?
webhook-all = על כל מה שקורה
webhook-some = רק על מה שמסומן כאן
webhook-personal = לכלול גם שמות, כתובות ומספרי טלפון
webhook-tells-personal = כולל שמות, כתובות ומספרי טלפון.
webhook-deliveries = הודעות
webhook-deliveries-none = עוד לא נשלחה הודעה.
webhook-delivered = נמסרה
webhook-waiting = בדרך
webhook-given-up = לא נמסרה
webhook-of-test = רק לניסיון
webhook-attempts = { $count ->
    [0] עוד לא נוסתה
    [one] ניסיון אחד
   *[other] { $count } ניסיונות
}
webhook-resend = לשלוח שוב
webhook-done-active = ה־webhook פעיל שוב.
webhook-done-ended = ה־webhook כבר לא מקבל הודעות.
webhook-done-removed = ה־webhook הוסר.
webhook-done-sent = ההודעה בדרך.
problem-field-url = נא לרשום כתובת באינטרנט שמתחילה ב־⁦https://⁩ ושאפשר להגיע אליה מכל מקום.
problem-too_many_webhooks = זה webhook אחד יותר מדי. הסירו אחד שכבר לא נחוץ.
problem-webhook_ended = ה־webhook הזה הסתיים. הפעילו אותו קודם מחדש.
problem-last_owner = לארגון צריכים להיות בעלים. קבעו קודם בעלים נוספים.
problem-team_exists = כבר יש צוות בשם הזה.
problem-belongs_elsewhere = הם שייכים גם לארגון אחר. רק הם יכולים לקבוע סיסמה חדשה, דרך ״שכחתם את הסיסמה?״ בעמוד ההתחברות.
problem-wrong_password = הסיסמה הנוכחית שלכם אינה נכונה.
problem-field-new = נא לבחור סיסמה של 10 עד 200 תווים שאינה השם או הכתובת שלכם.
problem-address_taken = לחשבון אחר יש הכתובת הזאת.

## The door

door-title = כניסה: { $event }
door-search = מי בכניסה?
door-search-hint = חלק מהשם, או סריקת הקוד במצלמת הטלפון.
door-found = נמצאו
door-none-found = אין אף אחד בשם הזה. נסו חלק מהשם או כתיב אחר.
door-numbers = { $here } מתוך { $expected } כבר כאן
door-party = { $spots ->
    [1] אדם אחד
    [2] שני אנשים
   *[other] קבוצה של { $spots }
}
door-come-in = אפשר להיכנס
door-come-in-do = יש להם מקום, ואף אחד מהם עדיין לא נכנס.
door-part = { $here } מתוך { $spots } בפנים
door-part-do = שאר הקבוצה יכולה להיכנס. האחרון נכנס ב־{ $at }.
door-welcome = ברוכים הבאים
door-welcome-do = { $here } מתוך { $spots } בפנים. אם זו הייתה טעות, בטלו אותה.
door-all = כבר בפנים, { $at }
door-all-do = { $here } מתוך { $spots } בפנים. אל תכניסו פעם שנייה; אם הם עומדים בחוץ, בטלו את הכניסה.
door-held = ההרשמה לא אושרה
door-held-do = הם עוד לא לחצו על הכפתור בדואר שקיבלו. שילחצו עכשיו, ואז בדקו שוב; או פנו למארגנים.
door-waitlisted = ברשימת ההמתנה
door-waitlisted-do = אין להם מקום. רק המארגנים יכולים לתת להם אחד.
door-cancelled = ההרשמה בוטלה
door-cancelled-do = הם ויתרו על המקום. שאלו את המארגנים אם יש אחר.
door-removed = ההרשמה הוסרה
door-removed-do = המארגנים לקחו את המקום שלהם. הפנו אותם למארגנים.
door-event-cancelled = האירוע בוטל
door-event-cancelled-do = האירוע הזה לא מתקיים. אל תכניסו אף אחד.
door-queued = נרשם: { $here } מתוך { $spots } בפנים
door-queued-do = אין רשת. זה נשמר בטלפון הזה ויישלח ברגע שתהיה רשת. השאירו את העמוד הזה פתוח.
door-taken = אף אחד לא הוכנס: לא נשארו כל כך הרבה מהם בחוץ. בדקו שוב את המספרים.
door-unknown = קוד לא מוכר
door-unknown-do = הקוד הזה לא שייך לאף אחד באירוע. חפשו לפי שם, או פנו למארגנים.
door-let-in = להכניס
door-let-one-in = ‎+1
door-let-rest-in = { $left ->
    [1] האחרון
   *[other] כל ה־{ $left }
}
door-one-less = אחד פחות
door-undo = ביטול
door-queue = { $taps ->
    [one] לחיצה אחת מחכה לרשת
    [two] שתי לחיצות מחכות לרשת
   *[other] { $taps } לחיצות מחכות לרשת
}
door-refused-later = לא התקבל
door-back = אל הכניסה
door-board-title = לוח: { $event }
door-here = כאן
door-expected = צפויים
door-waiting = ממתינים
door-not-you-title = לצוות הכניסה
door-not-you-guest = זה הקוד של ההרשמה שלכם? הכול בסדר: הראו אותו בכניסה. אין מה לעשות כאן.
door-not-you-staff = אתם מכניסים אנשים? פתחו בטלפון הזה את קישור הכניסה שהמארגנים שלחו לכם, או התחברו. אם כבר פתחתם אותו כאן, לחצו על ״המשך״.
door-again = המשך
door-ended-title = קישור הכניסה הזה הסתיים
door-ended = תוקפו פג או שהוא בוטל, ולכן הוא כבר לא מאפשר להכניס. בקשו מהמארגנים קישור חדש.
door-wrong-event-title = אירוע אחר
door-wrong-event = הקוד הזה לא שייך לאירוע { $event }, שבו אתם מכניסים אנשים. שיבדקו אם יש להם קוד אחר, או הפנו אותם למארגנים.
problem-not_confirmed = אין להם מקום משלהם. פנו למארגנים.
problem-not_checked_in = לא כל כך הרבה נכנסו. בדקו שוב.
