"""What whoever asks for messages is told that they cannot have, in the three languages."""

from __future__ import annotations

from aimaq.language.texts import Texts

NO_NUMBER = Texts(
    kk="{field} – журналдағы нөмір: ең кемі 0, ең көбі {last}",
    ru="{field} – это номер в журнале: от 0 до {last}",
    en="{field} is a number in the journal: from 0 to {last}",
)
TOO_MANY_FEEDS = Texts(
    kk="сізде ашық ағын тым көп (ең көбі {most}): бірін жабыңыз",
    ru="у вас открыто слишком много лент (не больше {most}): закройте одну из них",
    en="you have too many feeds open ({most} at most): close one of them",
)
FEEDS_IN_USE = Texts(
    kk="бұл қызметте барлық {most} ағын ашық: сәл кейінірек қайталаңыз",
    ru="у этой службы открыты все {most} лент: повторите позже",
    en="all {most} feeds of this service are open: try again later",
)
